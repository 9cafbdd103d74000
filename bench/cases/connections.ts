/**
 * Requests at a steady rate, each over a connection of its own as n8n's HTTP helper makes them, with what the helper
 * lets a node ask for; and over kept-alive connections of node:https, which no node can use.
 */
import { NodeConnectionTypes, type IExecuteFunctions, type INodeType } from 'n8n-workflow';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

import { listUsers, toRecord } from '../directory';
import { latencyOf } from '../latency';
import { runInEngine } from './engine';
import { collectGarbage, peakRssBytes, runJob, type Job, type Report } from './job';

type Send = (url: string, body: Buffer) => Promise<void>;

const PATH = '/api/security/entity_store/entities/user';
const HEADERS = { 'content-type': 'application/json', 'kbn-xsrf': 'bench' };

const readAll = async (response: IncomingMessage): Promise<void> => {
	for await (const part of response) void part;
};

const bySocket: Send = (() => {
	const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
	return async (url, body) =>
		await new Promise((resolve, reject) => {
			const options = { method: 'POST', agent, headers: HEADERS };
			const sent = request(url, options, (response) => {
				readAll(response).then(resolve, reject);
			});
			sent.on('error', reject);
			sent.end(body);
		});
})();

/** Sends as this node does, without a credential. */
const byHelper =
	(context: IExecuteFunctions, way: string): Send =>
	async (url, body) => {
		const { body: response } = (await context.helpers.httpRequest({
			method: 'POST',
			url,
			body,
			headers: { ...HEADERS },
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			skipSslCertificateValidation: true,
			...(way === 'keepAlive' && { agentOptions: { keepAlive: true } }),
		})) as { body: IncomingMessage };
		await readAll(response);
	};

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

/** Sends one request after another at even distances, and waits for none of them. */
const sendAll = async (send: Send, url: string, count: number, perSecond: number) => {
	const body = Buffer.from(JSON.stringify(toRecord(listUsers(1, 0)[0])));
	const times: number[] = [];
	const sent: Array<Promise<void>> = [];
	const begin = performance.now();
	const sendOne = async () => {
		const start = performance.now();
		await send(url, body);
		times.push(performance.now() - start);
	};
	while (sent.length < count) {
		const due = ((performance.now() - begin) / 1_000) * perSecond;
		while (sent.length < Math.min(count, due)) sent.push(sendOne());
		await sleep(1);
	}
	await Promise.all(sent);
	return times;
};

const MICROSECONDS = 1_000;

const measureSending = async (send: Send, { n, baseUrl, perSecond = 1 }: Job): Promise<Report> => {
	const url = `${baseUrl}${PATH}`;
	// For a second: the first requests compile the code of both sides.
	await sendAll(send, url, perSecond, perSecond);
	collectGarbage();
	const before = process.cpuUsage();
	const begin = performance.now();
	const times = await sendAll(send, url, n, perSecond);
	const { user, system } = process.cpuUsage(before);
	return {
		seconds: (performance.now() - begin) / 1_000,
		peakRssBytes: peakRssBytes(),
		latency: latencyOf(times),
		cpuMs: (user + system) / MICROSECONDS,
	};
};

const measureHelper = async (job: Job): Promise<Report> => {
	let report: Report | undefined;
	const node: INodeType = {
		description: {
			displayName: 'Plain Node',
			name: 'plainNode',
			group: ['output'],
			version: 1,
			description: '',
			defaults: { name: 'Plain Node' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		async execute() {
			report = await measureSending(byHelper(this, job.way), job);
			return [[]];
		},
	};
	await runInEngine({ node, parameters: {}, items: [{}], baseUrl: job.baseUrl });
	if (report === undefined) throw new Error('The node did not run');
	return report;
};

runJob(async (job) =>
	job.way === 'reused' ? await measureSending(bySocket, job) : await measureHelper(job),
);
