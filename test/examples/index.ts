import { agent } from './agent';
import { aws } from './aws';
import { batches } from './batches';
import { enrichment } from './enrichment';
import { entra } from './entra';
import { intune } from './intune';
import { inventory } from './inventory';
import { criticalityTo94, storeBeforeSync, watchlistFor14Days } from './lifecycle';
import { logs } from './logs';
import { mirror } from './mirror';
import { okta } from './okta';
import { playbook } from './playbook';
import { criticalUser, criticalUserPush } from './trigger';
import type { Example } from './workflow';

/** The workflows in `examples/`, beside the one of the demo. */
export const EXAMPLES: readonly Example[] = [okta, entra, intune, aws, inventory, playbook];

/** Those that do more than write entities. */
export const LIFECYCLE_EXAMPLES: readonly Example[] = [
	storeBeforeSync,
	watchlistFor14Days,
	criticalityTo94,
];

/** Those that start when the risk of a user changes. */
export const TRIGGER_EXAMPLES: readonly Example[] = [criticalUser, criticalUserPush];

/** Those that read or delete entities. */
export const READING_EXAMPLES: readonly Example[] = [mirror, enrichment];

/** Those that write to Elasticsearch, too. */
export const LOGS_EXAMPLES: readonly Example[] = [logs];

/** Those that write batch after batch. */
export const BATCH_EXAMPLES: readonly Example[] = [batches];

/** Those in which a language model calls the node. */
export const AGENT_EXAMPLES: readonly Example[] = [agent];

export const ALL_EXAMPLES: readonly Example[] = [
	...EXAMPLES,
	...LIFECYCLE_EXAMPLES,
	...READING_EXAMPLES,
	...TRIGGER_EXAMPLES,
	...LOGS_EXAMPLES,
	...BATCH_EXAMPLES,
	...AGENT_EXAMPLES,
];

/** The text of a committed example file. */
export const fileOf = ({ workflow }: Example): string => `${JSON.stringify(workflow, null, 2)}\n`;
