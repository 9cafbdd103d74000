/** Running the ready workflows in a real n8n, as users do. */
import { FAILURES, type Example } from '../../examples/workflow';
import type { TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import type { Installed } from './installed';

const TYPE = 'kibanaEntityStoreApi';

export const isOurs = ({ type }: { type: string }): boolean => type.endsWith('.kibanaEntityStore');

/** Creates a credential for a test Kibana, and returns its ID. */
export const createCredential = async (
	{ client }: Installed,
	{ url, apiKey }: TestKibana,
): Promise<string> =>
	await client.createCredential('Kibana', TYPE, {
		baseUrl: url,
		authentication: 'apiKey',
		apiKey,
		allowUnauthorizedCerts: false,
	});

/**
 * Imports the file, chooses the credential of Kibana, changes options of its nodes if told so, and runs it by
 * hand.
 */
export const startExample = async (
	{ client }: Installed,
	credentialId: string,
	{ workflow, trigger }: Example,
	options: object,
): Promise<Execution> => {
	const nodes = workflow.nodes.map((one) => {
		if (!isOurs(one)) return one;
		const parameters = one.parameters as { options: object };
		return {
			...one,
			parameters: { ...parameters, options: { ...parameters.options, ...options } },
			credentials: { [TYPE]: { id: credentialId, name: 'Kibana' } },
		};
	});
	return await client.run(await client.createWorkflow({ ...workflow, nodes }), trigger);
};

/** The message of all failures of a run, if there were any. */
export const messageOf = (execution: Execution) => execution.itemsOf(FAILURES.gather)[0]?.json;

/** How often the team was told. */
export const told = (execution: Execution): number => execution.itemsOf(FAILURES.notify).length;
