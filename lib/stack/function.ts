import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IManagedPolicy, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../functions/core/names.ts';
import { allow } from './policy.ts';

/** The one place that names the runtime. */
export const RUNTIME = Runtime.NODEJS_24_X;

export type HubFunctionProps = {
  readonly functionName: string;
  readonly description: string;
  /** The asset's folder, made by `bundleFunctions`. */
  readonly folder: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly logRetentionDays: number;
  readonly environment: Partial<Record<keyof typeof ENVIRONMENT, string>>;
  /** All that it may do, besides writing its own log. */
  readonly permissions: readonly PolicyStatement[];
};

/** A function with a role and a log group of its own. */
export class HubFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HubFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const managedPolicies: IManagedPolicy[] = [];
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), managedPolicies });
    for (const statement of props.permissions) this.role.addToPolicy(statement);
    this.role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]));
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.folder),
      role: this.role,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      logGroup,
      environment: Object.fromEntries(
        Object.entries(props.environment).map(([name, value]) => [
          ENVIRONMENT[name as keyof typeof ENVIRONMENT],
          value,
        ]),
      ),
    });
  }
}
