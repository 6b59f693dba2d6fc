import { describeMapping, findMapping, type LambdaOperation } from './operation.ts';

/** `GetEventSourceMapping` */
export const getEventSourceMapping: LambdaOperation = (_request, id, context) => ({
  status: 200,
  body: describeMapping(findMapping(id, context), context),
});
