import type { N8nClient } from '../../../sandbox/n8n/rest';
import type { RunningN8n } from '../../../sandbox/n8n/server';

/** The n8n under test with the package in it; filled when it runs, before the first test. */
export interface Installed {
	n8n: RunningN8n;
	client: N8nClient;
}

/** The n8n that this run is about. */
export const VERSION = process.env.N8N_VERSION ?? '';
