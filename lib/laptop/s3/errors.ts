import { AwsError } from '../service.ts';

/** S3's errors, with its statuses and messages. See Amazon S3 API Reference, "Error responses". */
const error =
  (status: number, code: string, message: string) =>
  (fields: Record<string, string> = {}) =>
    new AwsError(code, message, { status, fields });

export const errors = {
  noSuchKey: error(404, 'NoSuchKey', 'The specified key does not exist.'),
  noSuchBucket: error(404, 'NoSuchBucket', 'The specified bucket does not exist'),
  invalidBucketName: error(400, 'InvalidBucketName', 'The specified bucket is not valid.'),
  bucketAlreadyOwnedByYou: error(
    409,
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
  ),
  bucketNotEmpty: error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty'),
  preconditionFailed: error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
  invalidRange: error(416, 'InvalidRange', 'The requested range is not satisfiable'),
  keyTooLong: error(400, 'KeyTooLongError', 'Your key is too long'),
  invalidUri: error(400, 'InvalidURI', "Couldn't parse the specified URI."),
  invalidArgument: error(400, 'InvalidArgument', 'Invalid Argument'),
  incompleteBody: error(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  ),
  malformedTrailer: error(
    400,
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ),
  badDigest: error(400, 'BadDigest', 'The checksum you specified did not match the calculated checksum.'),
  contentSha256Mismatch: error(
    400,
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ),
};
