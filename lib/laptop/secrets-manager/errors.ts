import { AwsError } from '../service.ts';

export const notFound = (what = 'the specified secret.') =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find ${what}`);

export const invalidRequest = (message: string) => new AwsError('InvalidRequestException', message);

export const invalidParameter = (message: string) => new AwsError('InvalidParameterException', message);

export const alreadyExists = (message: string) => new AwsError('ResourceExistsException', message);
