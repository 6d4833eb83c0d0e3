import { StrategyStory } from '../../schemas/jobs/analyze.ts';
import type { Contest } from '../../schemas/jobs/analyze.ts';
import { readStrategy } from './strategies.ts';
import type { Queryable } from './pool.ts';

/** The story of a strategy so far: its releases, cycles and gates. */
export async function readStory(client: Queryable, strategyId: string): Promise<StrategyStory> {
  const { settings } = await readStrategy(client, strategyId);
  const releases = await client.query<{ line: unknown }>(
    `select jsonb_build_object('version', version, 'releaseId', r.release_id,
         'from', bar_time(c.window_to), 'parameters', r.manifest -> 'parameters',
         'trialCount', r.manifest -> 'trialCount', 'hasModel', r.model_sha256 is not null) as line
     from releases r join cycles c on c.cycle_id = r.provenance ->> 'cycleId'
     where r.strategy_id = $1 order by version`,
    [strategyId],
  );
  const cycles = await client.query<{ line: unknown }>(
    `select jsonb_build_object('cycleId', c.cycle_id,
         'window', jsonb_build_object('from', bar_time(window_from), 'to', bar_time(window_to)),
         'status', c.status, 'championVersion', c.champion_version,
         'stagesMs', coalesce(s.ms, '{}'::jsonb),
         'outcome', s.roll_out ->> 'outcome', 'reason', s.roll_out ->> 'reason') as line
     from cycles c left join lateral (
       select jsonb_object_agg(stage, round(extract(epoch from ended_at - started_at) * 1000 - waited_ms))
           filter (where ended_at is not null) as ms,
         (jsonb_agg(result) filter (where stage = 'roll-out')) -> 0 as roll_out
       from stages where stages.cycle_id = c.cycle_id) s on true
     where c.strategy_id = $1 and c.kind = 'cycle' order by window_to`,
    [strategyId],
  );
  const gates = await client.query<{ line: unknown }>(
    `select jsonb_build_object('cycleId', cycle_id, 'verdict', verdict, 'reason', reason,
         'checks', checks, 'evidence', evidence) as line
     from gate_verdicts where strategy_id = $1 order by judged_at`,
    [strategyId],
  );
  return StrategyStory.parse({
    strategyId,
    instrumentName: settings.instrument.name,
    currency: settings.instrument.currency,
    releases: releases.rows.map((row) => row.line),
    cycles: cycles.rows.map((row) => row.line),
    gates: gates.rows.map((row) => row.line),
  });
}

/** Replaces the analysis of a cycle. Part of the analyze stage's ingest transaction. */
export async function replaceAnalysis(
  client: Queryable,
  cycleId: string,
  analysis: {
    readonly overall: Contest;
    readonly window: Contest;
    readonly reportSha256: string;
    readonly curvesSha256: string;
  },
): Promise<void> {
  await client.query(
    `insert into analyses (cycle_id, overall, "window", report_sha256, curves_sha256)
     values ($1, $2, $3, $4, $5)
     on conflict (cycle_id) do update
       set overall = excluded.overall, "window" = excluded."window",
         report_sha256 = excluded.report_sha256, curves_sha256 = excluded.curves_sha256`,
    [
      cycleId,
      JSON.stringify(analysis.overall),
      JSON.stringify(analysis.window),
      analysis.reportSha256,
      analysis.curvesSha256,
    ],
  );
}

/** The newest analysis of a strategy, or null before the first. */
export async function latestAnalysis(
  client: Queryable,
  strategyId: string,
): Promise<{ overall: Contest; reportSha256: string; curvesSha256: string } | null> {
  const { rows } = await client.query<{
    overall: Contest;
    reportSha256: string;
    curvesSha256: string;
  }>(
    `select overall, report_sha256 as "reportSha256", curves_sha256 as "curvesSha256"
     from analyses join cycles using (cycle_id)
     where strategy_id = $1 order by window_to desc limit 1`,
    [strategyId],
  );
  return rows[0] ?? null;
}
