"""backtrader: orders placed and filled at the open, from the signals of the bar before."""
import backtrader as bt
import pandas as pd

from reference_signals import conditions

# An order for all the cash is refused without a word when rounding makes the rest negative.
ALMOST_ALL = 1 - 1e-12


def prepare(config):
    bars = pd.read_csv(config["dataFile"], parse_dates=["date"], index_col="date")
    enter, leave = conditions(bars["close"].to_numpy(), config["sets"][0], config["warmUp"], {}, {})
    fee = config["feeBps"] / 1e4

    class Reference(bt.Strategy):
        def __init__(self):
            self.closed = 0

        def next_open(self):
            before = len(self.data) - 2
            if before < 0:
                return
            if self.position.size > 0:
                if leave[before]:
                    self.close()
            elif enter[before]:
                self.buy(size=self.broker.getcash() / (self.data.open[0] * (1 + fee)) * ALMOST_ALL)

        def notify_trade(self, trade):
            self.closed += trade.isclosed

    def run():
        cerebro = bt.Cerebro(cheat_on_open=True, stdstats=False)
        cerebro.adddata(bt.feeds.PandasData(dataname=bars))
        cerebro.addstrategy(Reference)
        cerebro.broker.setcash(config["cash"])
        cerebro.broker.setcommission(commission=fee)
        # The check at submission looks at the close of the bar whose open is traded.
        cerebro.broker.set_checksubmit(False)
        strategies = cerebro.run()
        return cerebro.broker.getvalue(), strategies[0].closed

    def figures(state):
        value, closed = state
        return {"finalEquity": [value], "trades": [closed]}

    return run, figures
