import { request as httpRequest, createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { signUp, type Execution, type N8nClient } from '../../sandbox/n8n/rest';
import { startN8n, type RunningN8n } from '../../sandbox/n8n/server';
import {
	batchWorkflow,
	createCredentials,
	NODES,
	parentWorkflow,
	type Credentials,
} from '../../sandbox/scale/workflows';
import { LOGIN } from './firstHour';

const MINUTE = 60_000;
const USERS = 40;
const BATCH = 10;

/** As Okta lists users. The fifth has a criticality that Kibana does not know. */
const LIST_CODE = `
return Array.from({ length: ${USERS} }, (_, index) => ({
	json: {
		id: 'okta-' + index,
		status: 'ACTIVE',
		profile: {
			login: 'user-' + index + '@example.com',
			email: 'user-' + index + '@example.com',
			displayName: 'User ' + index,
			assetCriticality: index === 4 ? 'severe' : 'low_impact',
		},
	},
}));`;

/** What becomes of a call: its answer is passed on, or lost after n8n has done the work, or n8n never gets it. */
type Fate = 'passed' | 'lost' | 'refused';

/** Stands between the parent and the webhook of a batch. */
interface Front {
	readonly url: string;
	/** The calls that came since the last plan. */
	calls(): number;
	/** Decides by the order of calls. */
	plan(fateOf: (call: number) => Fate): void;
	stop(): Promise<void>;
}

const startFront = async (target: string): Promise<Front> => {
	let calls = 0;
	let fateOf: (call: number) => Fate = () => 'passed';
	const pass = (request: IncomingMessage, then: (answer: IncomingMessage) => void) => {
		const { method, headers } = request;
		request.pipe(httpRequest(`${target}${request.url}`, { method, headers }, then));
	};
	const server: Server = createServer((request, response) => {
		calls += 1;
		const fate = fateOf(calls);
		if (fate === 'refused') {
			request.resume();
			response.writeHead(502).end();
			return;
		}
		pass(request, (answer) => {
			if (fate === 'lost') {
				answer.resume();
				answer.once('end', () => request.socket.destroy());
				return;
			}
			response.writeHead(answer.statusCode ?? 500, answer.headers);
			answer.pipe(response);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		calls: () => calls,
		plan: (planned) => {
			calls = 0;
			fateOf = planned;
		},
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};

describe('the ready workflows for a large directory', () => {
	let kibana: TestKibana;
	let n8n: RunningN8n;
	let client: N8nClient;
	let front: Front;
	let credentials: Credentials;

	beforeAll(async () => {
		kibana = await startKibana({ api: 'v2' });
		n8n = await startN8n();
		client = await signUp(n8n.url, LOGIN);
		front = await startFront(n8n.url);
		credentials = await createCredentials(client, kibana);
		await client.publish(await client.createWorkflow(batchWorkflow(credentials)));
	}, 5 * MINUTE);

	afterAll(async () => {
		await front?.stop();
		await n8n?.stop();
		await kibana?.stop();
	}, MINUTE);

	const run = async (fateOf: (call: number) => Fate): Promise<Execution> => {
		kibana.clear();
		front.plan(fateOf);
		const parent = parentWorkflow({
			credentials,
			url: `${front.url}/webhook/large-directory-batch`,
			listCode: LIST_CODE,
			batchSize: BATCH,
			waitSeconds: 1,
		});
		// n8n keeps what is read here.
		const settings = { ...parent.settings, saveDataSuccessExecution: 'all' };
		const id = await client.createWorkflow({ ...parent, settings });
		return await client.run(id, NODES.trigger);
	};

	const messagesOf = (execution: Execution) =>
		execution.itemsOf(NODES.notify).map(({ json }) => json);

	it(
		'writes all batches, and sends one message about the users that failed',
		async () => {
			const execution = await run(() => 'passed');
			expect(execution.status).toBe('success');
			expect(front.calls()).toBe(USERS / BATCH);
			expect(kibana.entities('user')).toHaveLength(USERS - 1);
			expect(messagesOf(execution)).toEqual([
				{
					failed: 1,
					written: USERS - 1,
					missing: 0,
					text: expect.stringMatching(
						/^1 of 40 users could not be written to Kibana:\n1 × invalidRecord\n\nuser:user-4@.*got "severe"$/,
					),
				},
			]);
		},
		MINUTE,
	);

	it(
		'runs a batch again whose answer was lost, and one that never came to n8n',
		async () => {
			const fates: readonly Fate[] = ['passed', 'lost', 'refused'];
			const execution = await run((call) => fates[call - 1] ?? 'passed');
			expect(execution.status).toBe('success');
			expect(front.calls()).toBe(USERS / BATCH + 2);
			expect(kibana.entities('user')).toHaveLength(USERS - 1);
			expect(messagesOf(execution)).toMatchObject([{ failed: 1, written: USERS - 1, missing: 0 }]);
		},
		MINUTE,
	);

	it(
		'names the batches that never answered, and fails',
		async () => {
			const execution = await run((call) => (call === 1 ? 'passed' : 'refused'));
			expect(execution.status).toBe('error');
			expect(front.calls()).toBe(2 * (USERS / BATCH) - 1);
			const [message] = messagesOf(execution);
			expect(message).toMatchObject({ missing: 3 });
			expect(String(message?.text).match(/No answer for batch \d of 10 users/g)).toHaveLength(3);
		},
		MINUTE,
	);
});
