import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { LEDGER, names } from '../../functions/core/names.ts';

/** The two tables: `ledger` makes a delivery happen once, `state` holds what outlives deliveries. */
export class Tables extends Construct {
  readonly ledger: TableV2;
  readonly state: TableV2;

  constructor(
    scope: Construct,
    id: string,
    props: { stageName: string; removalPolicy: RemovalPolicy; retain: boolean },
  ) {
    super(scope, id);
    const { ledgerTable, stateTable } = names(props.stageName);
    const common = {
      partitionKey: { name: LEDGER.partitionKey, type: AttributeType.STRING },
      sortKey: { name: LEDGER.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: LEDGER.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.retain,
      removalPolicy: props.removalPolicy,
    };
    this.ledger = new TableV2(this, 'Ledger', {
      ...common,
      tableName: ledgerTable,
      globalSecondaryIndexes: [
        {
          indexName: LEDGER.attentionIndex,
          partitionKey: { name: LEDGER.attentionIndex, type: AttributeType.STRING },
          sortKey: { name: 'messageExpiresAt', type: AttributeType.NUMBER },
          projectionType: ProjectionType.ALL,
        },
      ],
    });
    // STATE takes its keys and TTL from LEDGER: both tables have the same.
    this.state = new TableV2(this, 'State', { ...common, tableName: stateTable });
  }
}
