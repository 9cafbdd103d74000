/**
 * The main use case, end to end, in a real n8n: writes 5,000 Okta users as entities to Kibana. With the test
 * Kibana it also checks what was stored. `--once` ends afterwards, with exit code 0 only if all checks pass.
 * `--api v1` or `--api v2` chooses the generation of the API that the test Kibana has.
 */
import { parseArgs } from 'node:util';

import { startKibana } from '../kibana/server';
import { signUp } from '../n8n/rest';
import { startN8n } from '../n8n/server';
import { NODES, USER_COUNT } from './exampleWorkflow';
import {
	APIS,
	createCredential,
	createWorkflow,
	findMistakes,
	summarise,
	type Api,
	type Summary,
	type Target,
} from './job';
import { addressOfExecution, requestForStored } from './look';

const LOGIN = { email: 'owner@example.com', password: 'Entity-Store-1' };
const say = (text = ''): void => console.log(text);
const count = (value: number): string => value.toLocaleString('en-US');

const readArguments = (): { once: boolean; api: Api } => {
	const { values } = parseArgs({
		options: {
			once: { type: 'boolean', default: false },
			// The default of a new Kibana.
			api: { type: 'string', default: 'v2' },
		},
	});
	const api = APIS.find((name) => name === values.api);
	if (api === undefined) throw new Error(`--api takes one of ${APIS.join(', ')}`);
	return { once: values.once, api };
};

const findTarget = async (api: Api): Promise<Target> => {
	const { KIBANA_URL: url, KIBANA_API_KEY: apiKey } = process.env;
	if (url && apiKey) return { url, apiKey };
	if (url || apiKey) throw new Error('Set both KIBANA_URL and KIBANA_API_KEY, or neither');
	const testKibana = await startKibana({ api });
	return { url: testKibana.url, apiKey: testKibana.apiKey, testKibana };
};

const FAILURES_SHOWN = 10;

const print = ({ items, succeeded, failed, counted, requests, seconds }: Summary): void => {
	say();
	say(`  items     ${count(items)}`);
	for (const [status, number] of Object.entries(succeeded)) {
		say(`  ${status.padEnd(10)}${count(number)}`);
	}
	say(`  failed    ${count(failed.length)} (counted by the error branch: ${count(counted)})`);
	for (const { item, entityId, error } of failed.slice(0, FAILURES_SHOWN)) {
		say(`            item ${item} (${entityId}): ${error}`);
	}
	say(`  requests  ${count(requests)}`);
	say(`  seconds   ${seconds.toFixed(1)} in the node`);
	say();
};

const untilInterrupted = async (): Promise<void> =>
	await new Promise((resolve) => {
		process.once('SIGINT', resolve);
		process.once('SIGTERM', resolve);
	});

const main = async (): Promise<number> => {
	const { once, api } = readArguments();
	const interrupted = untilInterrupted().then(() => 'interrupted' as const);
	const endings: Array<() => Promise<void>> = [];

	const work = async (): Promise<'done' | 'wrong'> => {
		const target = await findTarget(api);
		if (target.testKibana) endings.push(async () => await target.testKibana?.stop());
		say(`• ${target.testKibana ? `test Kibana (${api})` : 'Kibana'} at ${target.url}`);

		say('• starting n8n …');
		const n8n = await startN8n({ port: 5678 });
		endings.push(n8n.stop);
		const client = await signUp(n8n.url, LOGIN);
		const credential = await createCredential(client, target);
		say(`  credential test: ${credential.said}`);
		const workflowId = await createWorkflow(client, credential.id);

		say(`• running the workflow on ${count(USER_COUNT)} Okta users …`);
		const executionId = await client.start(workflowId, NODES.trigger);
		const summary = summarise(await client.wait(executionId));
		print(summary);
		const mistakes = findMistakes(summary, target.testKibana, api);
		for (const mistake of mistakes) say(`  NOT AS EXPECTED  ${mistake}`);
		if (mistakes.length === 0) say('  All as expected.');
		if (once) return mistakes.length === 0 ? 'done' : 'wrong';

		say(`
  n8n is open at ${n8n.url}/workflow/${workflowId}
  sign in as ${LOGIN.email} with the password ${LOGIN.password}
  this run:   ${addressOfExecution(n8n.url, workflowId, executionId)}`);
		if (target.testKibana) {
			say(`
  The test Kibana is at ${target.url}
  its API key: ${target.apiKey}
  To see what it has stored:
  ${requestForStored(target, api)}`);
		}
		say(`
  Ctrl-C ends it all.`);
		await interrupted;
		return mistakes.length === 0 ? 'done' : 'wrong';
	};

	try {
		const result = await Promise.race([work(), interrupted]);
		return result === 'wrong' || (once && result === 'interrupted') ? 1 : 0;
	} finally {
		for (const end of endings.reverse()) await end();
	}
};

main().then(
	(code) => process.exit(code),
	(error: Error) => {
		console.error(error.message);
		process.exit(1);
	},
);
