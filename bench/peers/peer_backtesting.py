"""backtesting.py: whole units only, so the cash is scaled up and the equity down again."""
import pandas as pd
from backtesting import Backtest, Strategy

from reference_signals import conditions

SCALE = 1e4


def prepare(config):
    bars = pd.read_csv(config["dataFile"], parse_dates=["date"], index_col="date")
    enter, leave = conditions(bars["close"].to_numpy(), config["sets"][0], config["warmUp"], {}, {})
    frame = bars.rename(columns=str.capitalize)[["Open", "High", "Low", "Close", "Volume"]]

    class Reference(Strategy):
        def init(self):
            pass

        def next(self):
            bar = len(self.data) - 1
            if self.position:
                if leave[bar]:
                    self.position.close()
            elif enter[bar]:
                self.buy()

    def run():
        test = Backtest(frame, Reference, cash=config["cash"] * SCALE, commission=config["feeBps"] / 1e4)
        return test.run()

    def figures(stats):
        return {"finalEquity": [stats["Equity Final [$]"] / SCALE], "trades": [len(stats["_trades"])]}

    return run, figures
