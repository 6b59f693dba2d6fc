import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../core/names.ts';
import type { Gauges, Telemetry } from '../core/ports.ts';

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
  const gauges: Gauges = {
    set(flow, metric, value) {
      const single = metrics.singleMetric();
      single.addDimension('flow', flow);
      single.addMetric(metric, MetricUnit.Count, value);
    },
  };
  return { telemetry, gauges, logger, metrics };
}
