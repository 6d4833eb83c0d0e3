"""vectorbt: all parameter sets as columns of one portfolio, filled at the next bar's open."""
import numpy as np
import pandas as pd
import vectorbt as vbt

from reference_signals import conditions


def prepare(config):
    bars = pd.read_csv(config["dataFile"])
    close, opens = bars["close"].to_numpy(), bars["open"].to_numpy()
    sets, warm_up = config["sets"], config["warmUp"]

    def run():
        entries = np.zeros((close.size, len(sets)), dtype=bool)
        exits = np.zeros((close.size, len(sets)), dtype=bool)
        rsi_memory, macd_memory = {}, {}
        for column, params in enumerate(sets):
            enter, leave = conditions(close, params, warm_up, rsi_memory, macd_memory)
            # Decided at a close, filled at the next open.
            entries[1:, column] = enter[:-1]
            exits[1:, column] = leave[:-1]
        portfolio = vbt.Portfolio.from_signals(
            close[:, None], entries, exits, price=opens[:, None], init_cash=config["cash"],
            fees=config["feeBps"] / 1e4, freq="1D",
        )
        final, drawdown = portfolio.final_value(), portfolio.max_drawdown()
        return portfolio, final, drawdown

    def figures(state):
        portfolio, final, drawdown = state
        return {
            "finalEquity": np.atleast_1d(final).tolist(),
            "maxDrawdown": (-np.atleast_1d(drawdown)).tolist(),
            "trades": np.atleast_1d(portfolio.trades.closed.count()).tolist(),
        }

    return run, figures
