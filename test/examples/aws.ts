import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	FAILURES,
	failurePins,
	nightly,
	NIGHTLY_OPTIONS,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## AWS resources as generic entities, every night
Every night at 02:40, all tagged resources of one AWS region become generic entities in Kibana's Entity Store, each under its ARN, with owner, environment and criticality from its tags. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Resources** and press *Execute workflow*. AWS and Slack are pinned to sample data, one resource of it with a tag that Kibana does not know. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **AWS Tagging API**: choose your *AWS* credential (permission \`tag:GetResources\`), put your region into the URL, then unpin. It reads page after page. For more regions, copy the node.
2. **Write Resources**: pick the space, and write your tag names in place of \`Name\`, \`env\`, \`owner\`, \`cost-center\` and \`criticality\`.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Resources**, and publish the workflow.

A generic entity needs its *Entity ID*: here the ARN. *Write Protected Fields* is on, because Kibana protects most of the mapped fields.`;

const resource = (ResourceARN: string, tags: Readonly<Record<string, string>>) => ({
	ResourceARN,
	Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});

/** One page of `ResourceGroupsTaggingAPI_20170126.GetResources`. */
const PAGE = {
	PaginationToken: '',
	ResourceTagMappingList: [
		resource('arn:aws:s3:::acme-payroll-archive', {
			owner: 'finance-platform@example.com',
			env: 'production',
			criticality: 'extreme_impact',
		}),
		resource('arn:aws:rds:eu-central-1:123456789012:db:orders', {
			Name: 'Orders Database',
			owner: 'shop@example.com',
			env: 'production',
			'cost-center': 'Shop',
			criticality: 'high_impact',
		}),
		resource('arn:aws:lambda:eu-central-1:123456789012:function:resize-images', {
			env: 'staging',
		}),
		resource('arn:aws:ec2:eu-central-1:123456789012:instance/i-0abc123def4567890', {
			Name: 'bastion',
			env: 'production',
			criticality: 'gold',
		}),
	],
};

const READ = 'AWS Tagging API';
const SPLIT = 'One Resource per Item';
const WRITE = 'Write Resources';

const tag = (name: string): string => `$json.Tags.find((tag) => tag.Key === "${name}")?.Value`;

export const aws: Example = {
	file: 'aws-resources-nightly.json',
	trigger: 'Every Night',
	workflow: {
		name: 'AWS resources to Kibana, every night',
		nodes: [
			note(NOTE, 420),
			nightly(40),
			node(READ, 'httpRequest', 4.2, [220, 0], {
				method: 'POST',
				url: 'https://tagging.eu-central-1.amazonaws.com/',
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'aws',
				sendHeaders: true,
				headerParameters: {
					parameters: [
						{ name: 'X-Amz-Target', value: 'ResourceGroupsTaggingAPI_20170126.GetResources' },
						{ name: 'Content-Type', value: 'application/x-amz-json-1.1' },
					],
				},
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '{ "ResourcesPerPage": 100 }',
				options: {
					pagination: {
						pagination: {
							parameters: {
								parameters: [
									{
										type: 'body',
										name: 'PaginationToken',
										value: '={{ $response.body.PaginationToken }}',
									},
								],
							},
							paginationCompleteWhen: 'other',
							completeExpression: '={{ !$response.body.PaginationToken }}',
						},
					},
				},
			}),
			node(SPLIT, 'splitOut', 1, [440, 0], {
				fieldToSplitOut: 'ResourceTagMappingList',
				options: {},
			}),
			entityStore(WRITE, [660, 0], {
				entityType: 'generic',
				force: true,
				mapping: {
					'entity.id': '={{ $json.ResourceARN }}',
					'entity.name': `={{ ${tag('Name')} ?? $json.ResourceARN.split(/[:\\/]/).pop() }}`,
					'entity.type': '={{ $json.ResourceARN.split(":")[2] }}',
					'entity.source': 'aws',
					'asset.environment': `={{ ${tag('env')} }}`,
					'asset.owner': `={{ ${tag('owner')} }}`,
					'asset.business_unit': `={{ ${tag('cost-center')} }}`,
					'asset.criticality': `={{ ${tag('criticality')} }}`,
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(900, 120, [WRITE], 'json.ResourceARN'),
		],
		connections: connect({
			'Every Night': [[READ]],
			[READ]: [[SPLIT]],
			[SPLIT]: [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [READ]: pin(PAGE), ...failurePins },
	},
};
