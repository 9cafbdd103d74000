import type { Source } from './source';

const tag = (key: string): string => `$json.Tags?.find((tag) => tag.Key === "${key}")?.Value`;

/** A part of the ARN: arn, partition, service, region, account, and then the resource. */
const arnPart = (position: number): string => `={{ $json.ResourceARN?.split(":")[${position}] }}`;

/**
 * The keys of tags are each company's own; these are common ones, to be replaced.
 *
 * AWS Config sends another shape: `arn`, `resourceName`, `awsRegion`, `accountId`, and tags as an
 * object (`tags.Owner`), or, in advanced queries, as a list of `key` and `value`.
 */
export const aws: Source = {
	name: 'AWS Resource',
	value: 'awsResource',
	description:
		'Resources of the AWS Resource Groups Tagging API, GetResources, one per item: the HTTP Request node, and Split Out on the field ResourceTagMappingList. Write your own tag keys in place of Name, Environment, Owner and CostCenter.',
	docs: [
		'https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html',
		'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html',
		'https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html',
	],
	fields: {
		generic: {
			'entity.id': '={{ $json.ResourceARN }}',
			'entity.name': `={{ ${tag('Name')} || $json.ResourceARN?.split(":").at(-1).split("/").at(-1) }}`,
			'entity.type': arnPart(2),
			'entity.source': 'aws',
			'asset.environment': `={{ ${tag('Environment')} }}`,
			'asset.owner': `={{ ${tag('Owner')} }}`,
			'asset.business_unit': `={{ ${tag('CostCenter')} }}`,
			'cloud.provider': '={{ $json.ResourceARN ? "aws" : undefined }}',
			'cloud.service.name': arnPart(2),
			'cloud.region': arnPart(3),
			'cloud.account.id': arnPart(4),
			tags: '={{ $json.Tags?.map((tag) => tag.Key + ":" + tag.Value) }}',
		},
	},
};
