/** The AWS documents that cases cite, with the title of a page or the name of an operation. */
const of = (document: string) => (page: string) => `${document}, ${page}`;

export const sqsGuide = of('Amazon SQS Developer Guide');
export const sqsApi = of('Amazon SQS API Reference');
export const dynamoGuide = of('Amazon DynamoDB Developer Guide');
export const dynamoApi = of('Amazon DynamoDB API Reference');
export const s3Guide = of('Amazon S3 User Guide');
export const s3Api = of('Amazon S3 API Reference');
export const secretsGuide = of('AWS Secrets Manager User Guide');
export const secretsApi = of('AWS Secrets Manager API Reference');
export const lambdaGuide = of('AWS Lambda Developer Guide');
export const lambdaApi = of('AWS Lambda API Reference');
export const cloudWatchApi = of('Amazon CloudWatch API Reference');
