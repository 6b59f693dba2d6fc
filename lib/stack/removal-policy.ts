import { RemovalPolicy } from 'aws-cdk-lib';
import type { Stage } from '../stage.ts';

export const removalPolicyOf = ({ statefulResources }: Stage) =>
  statefulResources === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
