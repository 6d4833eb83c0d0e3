"""nautilus_trader: market orders fill at the close that decided, so the closes it sees are next opens.

The signals come from the true closes, as for every peer. Each bar's close is replaced by the open of
the bar after it, so that a fill "at this close" is the fill at the next open that the others have, with
as many events as bars. The last bar keeps its close and decides nothing.
"""
from decimal import ROUND_DOWN, Decimal

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

from reference_signals import conditions

VENUE = Venue("SIM")
UNIT = Decimal("0.00000001")
# A run ends when rounding makes the rest of the cash negative.
ALMOST_ALL = Decimal(1) - Decimal("1e-9")
# More than any order: a fill that takes the whole volume of a bar slips.
VOLUME = 1e8


def instrument_of(fee):
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol("INDEX"), VENUE), raw_symbol=Symbol("INDEX"),
        base_currency=BTC, quote_currency=USDT, price_precision=6, size_precision=8,
        price_increment=Price.from_str("0.000001"), size_increment=Quantity.from_str("0.00000001"),
        ts_event=0, ts_init=0, maker_fee=fee, taker_fee=fee,
    )


class Reference(Strategy):
    def __init__(self, bar_type, instrument, enter, leave, fee):
        super().__init__()
        self.bar_type, self.instrument, self.fee = bar_type, instrument, fee
        self.enter, self.leave = enter, leave
        self.row = -1
        self.held = None
        self.closed = 0

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        self.row += 1
        if self.held is not None:
            if self.leave[self.row]:
                self.trade(OrderSide.SELL, self.held)
                self.held = None
                self.closed += 1
        elif self.enter[self.row]:
            cash = self.portfolio.account(VENUE).balance_total(USDT).as_decimal()
            units = cash / (bar.close.as_decimal() * (1 + self.fee)) * ALMOST_ALL
            self.held = Quantity.from_str(str(units.quantize(UNIT, ROUND_DOWN)))
            self.trade(OrderSide.BUY, self.held)

    def trade(self, side, quantity):
        self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))


def prepare(config):
    bars = pd.read_csv(config["dataFile"])
    close, opens = bars["close"].to_numpy(), bars["open"].to_numpy()
    enter, leave = conditions(close, config["sets"][0], config["warmUp"], {}, {})
    enter[-1] = leave[-1] = False
    seen = np.append(opens[1:], close[-1])
    frame = pd.DataFrame({
        "open": opens, "high": np.maximum(bars["high"], seen), "low": np.minimum(bars["low"], seen),
        "close": seen, "volume": VOLUME,
    }).set_index(pd.to_datetime(bars["date"], utc=True))
    fee = Decimal(str(config["feeBps"])) / 10_000
    instrument = instrument_of(fee)
    bar_type = BarType.from_str(f"{instrument.id}-1-DAY-LAST-EXTERNAL")
    data = BarDataWrangler(bar_type, instrument).process(frame)

    def run():
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
        engine.add_venue(
            venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.CASH, base_currency=None,
            starting_balances=[Money(config["cash"], USDT), Money(0, BTC)],
        )
        engine.add_instrument(instrument)
        engine.add_data(data)
        strategy = Reference(bar_type, instrument, enter, leave, fee)
        engine.add_strategy(strategy)
        engine.run()
        return engine, strategy

    def figures(state):
        engine, strategy = state
        # A run that stops half-way returns as if nothing had happened.
        if strategy.row != len(data) - 1:
            raise RuntimeError(f"stopped at bar {strategy.row} of {len(data)}")
        account = engine.portfolio.account(VENUE)
        held = float(account.balance_total(BTC).as_decimal())
        value = float(account.balance_total(USDT).as_decimal()) + held * close[-1]
        engine.dispose()
        return {"finalEquity": [value], "trades": [strategy.closed]}

    return run, figures
