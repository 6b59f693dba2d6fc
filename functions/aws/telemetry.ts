import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../core/names.ts';
import type { Telemetry } from '../core/ports.ts';

/** Powertools' logger (JSON lines) and EMF metrics, with one dimension: the flow or the source. */
export function powertoolsTelemetry(dimensions: Record<string, string>) {
  const serviceName = 'syncline';
  const logger = new Logger({ serviceName, persistentKeys: dimensions });
  const metrics = new Metrics({ namespace: METRICS.namespace, serviceName, defaultDimensions: dimensions });
  const telemetry: Telemetry = {
    log: (level, message, fields) => logger[level](message, { ...fields }),
    count: (metric, value = 1) => metrics.addMetric(metric, MetricUnit.Count, value),
    milliseconds: (metric, value) => metrics.addMetric(metric, MetricUnit.Milliseconds, value),
  };
  return { telemetry, logger, metrics };
}
