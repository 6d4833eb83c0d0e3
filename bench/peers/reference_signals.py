"""Indicators of the reference case for the Python peers, compiled with numba: their best case."""
import numpy as np
from numba import njit


@njit(cache=True)
def rsi_wilder(close, period):
    result = np.full(close.size, np.nan)
    gain = 0.0
    loss = 0.0
    for t in range(1, close.size):
        change = close[t] - close[t - 1]
        up = max(change, 0.0)
        down = max(-change, 0.0)
        if t <= period:
            gain += up
            loss += down
            if t < period:
                continue
            gain /= period
            loss /= period
        else:
            gain = (gain * (period - 1) + up) / period
            loss = (loss * (period - 1) + down) / period
        if loss == 0.0:
            result[t] = 50.0 if gain == 0.0 else 100.0
        else:
            result[t] = 100.0 - 100.0 / (1.0 + gain / loss)
    return result


@njit(cache=True)
def ema(values, span):
    alpha = 2.0 / (span + 1.0)
    result = np.empty(values.size)
    average = values[0]
    result[0] = average
    for t in range(1, values.size):
        average = alpha * values[t] + (1.0 - alpha) * average
        result[t] = average
    return result


def conditions(close, params, warm_up, rsi_memory, macd_memory):
    """Bars that enter and bars that leave, decided at their closes; indicators once each."""
    period = params["rsiPeriod"]
    if period not in rsi_memory:
        rsi_memory[period] = rsi_wilder(close, period)
    key = (params["macdFast"], params["macdSlow"], params["macdSignal"])
    if key not in macd_memory:
        macd = ema(close, key[0]) - ema(close, key[1])
        signal = ema(macd, key[2])
        macd_memory[key] = (macd > signal, macd < signal)
    above, below = macd_memory[key]
    rsi = rsi_memory[period]
    enter = above & (rsi > params["rsiEntry"])
    leave = below | (rsi < params["rsiEntry"] - 10)
    enter[:warm_up] = False
    return enter, leave
