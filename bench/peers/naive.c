/*
 * The limit: plain C that recomputes everything for each parameter set, one thread.
 *
 *   naive <prices.bin> <sets.bin> <bars> <sets> <first decision> <fee> <cash>
 *
 * prices.bin: opens then closes as float64; sets.bin: five float64 a set. Reads a line on stdin,
 * runs once, answers one line: seconds, then final equity, trades and drawdown of each set.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double *open_, *close_;
static long bars, first;
static double fee, start;

static void run(const double *p, double *out) {
  long period = (long)p[0];
  double entry = p[1], af = 2 / (p[2] + 1), as = 2 / (p[3] + 1), ag = 2 / (p[4] + 1);
  double ef = close_[0], es = close_[0], sig = 0, gain = 0, loss = 0;
  double cash = start, units = 0, peak = start, worst = 0, equity = start;
  long trades = 0;
  int order = 0;
  for (long t = 0; t < bars; t++) {
    double macd = 0, rsi = 0;
    if (t > 0) {
      double change = close_[t] - close_[t - 1];
      double up = change > 0 ? change : 0, down = change < 0 ? -change : 0;
      ef = af * close_[t] + (1 - af) * ef;
      es = as * close_[t] + (1 - as) * es;
      macd = ef - es;
      sig = ag * macd + (1 - ag) * sig;
      if (t <= period) {
        gain += up;
        loss += down;
        if (t == period) { gain /= period; loss /= period; }
      } else {
        gain = (gain * (period - 1) + up) / period;
        loss = (loss * (period - 1) + down) / period;
      }
      rsi = loss == 0 ? (gain == 0 ? 50 : 100) : 100 - 100 / (1 + gain / loss);
    }
    if (order > 0) {
      units = cash / (open_[t] * (1 + fee));
      cash = 0;
    } else if (order < 0) {
      cash = units * open_[t] * (1 - fee);
      units = 0;
      trades++;
    }
    order = 0;
    equity = cash + units * close_[t];
    if (equity > peak) peak = equity;
    double drawdown = 1 - equity / peak;
    if (drawdown > worst) worst = drawdown;
    if (t < first) continue;
    if (units > 0) order = macd < sig || rsi < entry - 10 ? -1 : 0;
    else order = macd > sig && rsi > entry;
  }
  out[0] = equity;
  out[1] = (double)trades;
  out[2] = worst;
}

static double *load(const char *path, long count) {
  double *values = malloc(sizeof(double) * (size_t)count);
  FILE *file = fopen(path, "rb");
  if (!values || !file || fread(values, sizeof(double), (size_t)count, file) != (size_t)count) exit(66);
  fclose(file);
  return values;
}

int main(int argc, char **argv) {
  if (argc != 8) return 64;
  bars = atol(argv[3]);
  long sets = atol(argv[4]);
  first = atol(argv[5]);
  fee = atof(argv[6]);
  start = atof(argv[7]);
  open_ = load(argv[1], 2 * bars);
  close_ = open_ + bars;
  double *p = load(argv[2], 5 * sets), *out = malloc(sizeof(double) * 3 * (size_t)sets);
  puts("{\"ready\": true}");
  fflush(stdout);
  for (int c; (c = getchar()) != EOF;) {
    if (c != '\n') continue;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (long i = 0; i < sets; i++) run(p + 5 * i, out + 3 * i);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("{\"seconds\": %.9f", (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec));
    const char *names[] = {"finalEquity", "trades", "maxDrawdown"};
    for (int k = 0; k < 3; k++) {
      printf(", \"%s\": [", names[k]);
      for (long i = 0; i < sets; i++) printf(i ? ",%.17g" : "%.17g", out[3 * i + k]);
      printf("]");
    }
    puts("}");
    fflush(stdout);
  }
  return 0;
}
