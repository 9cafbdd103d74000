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

/** Returns the workflow with the credential of Kibana in its nodes, and with these options besides their own. */
export const withCredential = (
	credentialId: string,
	{ workflow, ...example }: Example,
	options: object,
): Example => {
	const nodes = workflow.nodes.map((one) => {
		if (!isOurs(one)) return one;
		const parameters = one.parameters as { options: object };
		return {
			...one,
			parameters: { ...parameters, options: { ...parameters.options, ...options } },
			credentials: { [TYPE]: { id: credentialId, name: 'Kibana' } },
		};
	});
	return { ...example, workflow: { ...workflow, nodes } };
};

/**
 * Imports the file, chooses the credential of Kibana, changes options of its nodes if told so, and runs it by
 * hand.
 */
export const startExample = async (
	{ client }: Installed,
	credentialId: string,
	example: Example,
	options: object,
): Promise<Execution> => {
	const { workflow, trigger } = withCredential(credentialId, example, options);
	return await client.run(await client.createWorkflow(workflow), trigger);
};

/** The message of all failures of a run, if there were any. */
export const messageOf = (execution: Execution) => execution.itemsOf(FAILURES.gather)[0]?.json;

/** How often the team was told. */
export const told = (execution: Execution): number => execution.itemsOf(FAILURES.notify).length;
