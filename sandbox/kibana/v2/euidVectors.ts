import type { EntityType } from '../definitions';

/** Executed vectors (docs/kibana-api.md#euid): type, document, EUID, and its digests with MD5 and SHA-256. */
export const EUID_VECTORS: ReadonlyArray<
	[EntityType, Record<string, unknown>, string | undefined, string?, string?]
> = [
	[
		'host',
		{ host: { name: 'web-01' } },
		'host:web-01',
		'603a215d57aab8ac67671284b5ad7d71',
		'5d9121c686dde5832139eb947ee6b4638763ac4aa06cfb0c3cdae244a427b1d5',
	],
	[
		'host',
		{ host: { id: ['i-0abc123'], name: 'web-01', hostname: ['web-01.local'] } },
		'host:i-0abc123',
		'45ac49fc907d57d1c28df22259e26555',
		'3da1e3c04af136fcdd34a8c694fd7c78ccb407e93ee2bad8470cd42ccc5dacfe',
	],
	[
		'host',
		{ host: { hostname: ['db-7', 'db-7.alias'] } },
		'host:db-7',
		'36083d4cea420f6ad0c8e91599352aff',
		'973de82b2fd154d274bc0715f98f89839255ee5ef2ae715db3dabc9d7d32870d',
	],
	[
		'host',
		{ host: { name: 'WEB-01' } },
		'host:WEB-01',
		'c86db97b6a370ce9712749d1bb1946ff',
		'a7541cad9fc8e1b4cbb09aa5235a10cb028f0c15d9ecce0d7ee56eaa107b2473',
	],
	[
		'host',
		{ host: { name: '', hostname: ['fallback'] } },
		'host:fallback',
		'6d9e9d807df4af9d41097dce841496a1',
		'a9a076d4961791e564454fd4970fde96e0c866ad9dae7ced6caa24c031822033',
	],
	[
		'host',
		{ 'host.name': 'dotted-01' },
		'host:dotted-01',
		'6c1292c18c34216081c5a292082e3044',
		'2f242c54034025064c14caf187dfe959898392c1e75f61edc9ebc523609e04c6',
	],
	[
		'host',
		{ host: { name: 'sérvér-é' } },
		'host:sérvér-é',
		'3b7998cdd97662c2cbdebf498ff5eea3',
		'9a3ed773501582da381a4d804283d4dca3e8e9e91c60e2845c353e00b48066b7',
	],
	['host', { host: { domain: ['corp.example'], ip: ['10.0.0.5'] } }, undefined],
	['user', { user: { name: 'alice' } }, undefined],
	[
		'user',
		{ entity: { id: '…' }, user: { name: 'alice' } },
		'user:alice@unknown',
		'a30716e9221acb1a30398405f6ca89b6',
		'dfbed019f11492da69033ba403f8ee585bbe7e1e7f0b345f6e335b6c527c5cd3',
	],
	[
		'user',
		{ entity: { id: '…' }, user: { name: 'alice', domain: ['corp.example'] } },
		'user:alice@corp.example@unknown',
		'59d569a558910adf0f07663b4f64118b',
		'21e69ade799651c9ea74af67c22d8259704645b79d85e242b95125b96387e45f',
	],
	[
		'user',
		{
			entity: { id: '…' },
			user: { id: ['S-1-5-21-1'], name: 'alice', domain: ['corp.example'] },
		},
		'user:S-1-5-21-1@unknown',
		'aeb203ebe85346ac645156939673477d',
		'c04a66d81a16e853fbfc3bd15118f285b4ddbc9c764feea3427d54523827da24',
	],
	[
		'user',
		{
			entity: { id: '…' },
			user: { email: ['alice@example.com', 'a@example.com'], id: ['42'], name: 'alice' },
		},
		'user:alice@example.com@unknown',
		'99da985b3d5d5fbb1310fc19dbd760ee',
		'4a8f2e530464681a60b8221e503f48c6cf85674f47b86831adc20463f3089d88',
	],
	['user', { entity: { id: '…' }, user: { full_name: ['Alice A.'], roles: ['admin'] } }, undefined],
	[
		'user',
		{ user: { email: 'alice@example.com' }, event: { kind: 'asset', module: 'okta' } },
		'user:alice@example.com@okta',
		'c42769f2735c543853c8aa1f1d4bcf33',
		'da14b3d69023c07ab7b898b4e0e1c2d1051977c7a66b25ac77debd6b95db49a8',
	],
	[
		'user',
		{ user: { name: 'alice' }, host: { id: 'h-1' } },
		'user:alice@h-1@local',
		'2c5168a26974d7b82e677ce17ccdbb3b',
		'8bdcf4d11b38bd65851f93e18514a86099e7867bd1b64f8d9bb3713f41c80acf',
	],
	[
		'service',
		{ service: { name: 'api-gateway' } },
		'service:api-gateway',
		'661c8522449d2a2dfbf89cf65878887d',
		'61ddcfd8ec4eedd34d6f1f954d2a7e9df8ee07260dcdd5451a86c19075954638',
	],
	['service', { service: { id: 'svc-1' } }, undefined],
	[
		'generic',
		{ entity: { id: 'arn:aws:s3:::my-bucket' } },
		'arn:aws:s3:::my-bucket',
		'79d69dc682d32243899fb90d18a05b56',
		'921a72e33486437a36c4290e4d105563b4691a410164c49609b1b0174cb3fba4',
	],
	[
		'generic',
		{ entity: { id: 'generic:thing-1' } },
		'generic:thing-1',
		'ad94ef404df248e402ddf98f3feef9b3',
		'b0d7bd9947852840b4a4c900454831c7f3622b0e0d6846c9c144a3128b8608bf',
	],
];
