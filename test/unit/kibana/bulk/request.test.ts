import fc from 'fast-check';

import type { BulkRecord } from '../../../../nodes/KibanaEntityStore/bulk/record';
import type { Verdict } from '../../../../nodes/KibanaEntityStore/bulk/verdict';
import {
	createBulkPost,
	ENVELOPE_BYTES,
} from '../../../../nodes/KibanaEntityStore/kibana/bulk/request';
import type { KibanaClient } from '../../../../nodes/KibanaEntityStore/kibana/http/client';
import * as records from '../../bulk/records';

const VERDICTS: readonly Verdict[] = [
	{ kind: 'stored', status: 'updated' },
	{ kind: 'each', verdicts: [] },
	{ kind: 'bisect', failure: { reason: 'refused', message: 'no' } },
	{ kind: 'transient', failure: { reason: 'noAnswer', message: 'cut off' } },
];

/** A client that answers on demand, and the bodies that it received. */
const waitingClient = () => {
	const bodies: Buffer[] = [];
	const answers: Array<() => void> = [];
	const client: KibanaClient = async (_method, _path, body) =>
		await new Promise((resolve) => {
			bodies.push(body as Buffer);
			answers.push(() => resolve({ kind: 'cancelled' }));
		});
	return { client, bodies, answers };
};

const anyRequest = fc.record({
	sent: records.anyRecords,
	verdict: fc.constantFrom(...VERDICTS),
	/** How many requests are sent before the oldest is answered. */
	inFlight: fc.integer({ min: 1, max: 4 }),
});

describe('a bulk request', () => {
	it('contains its rows in UTF-8, and as many bytes as the chunks were measured with', async () => {
		await fc.assert(
			fc.asyncProperty(records.anyRecords, async (sent) => {
				const { client, bodies, answers } = waitingClient();
				const post = createBulkPost(client, '/', 'record', () => VERDICTS[0] as Verdict, Date.now);
				const answered = post(sent);
				const [body] = bodies as [Buffer];
				expect(body.toString()).toBe(records.bodyOf(sent));
				const separators = Math.max(0, sent.length - 1);
				expect(body).toHaveLength(
					sent.reduce((sum, { bytes }) => sum + bytes, ENVELOPE_BYTES + separators),
				);
				answers[0]?.();
				await answered;
			}),
		);
	});

	it('does not change its body until it is stored, and never when it is not stored', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(anyRequest, { maxLength: 12 }), async (requests) => {
				const { client, bodies, answers } = waitingClient();
				const verdictOf = new Map<readonly BulkRecord[], Verdict>();
				const read = (_: unknown, sent: readonly BulkRecord[]) => verdictOf.get(sent) as Verdict;
				const post = createBulkPost(client, '/', 'record', read, Date.now);
				const isFree: boolean[] = [];
				const waiting: Array<() => Promise<void>> = [];
				for (const [nth, { sent, verdict, inFlight }] of requests.entries()) {
					verdictOf.set(sent, verdict);
					const answered = post(sent);
					waiting.push(async () => {
						answers[nth]?.();
						await answered;
						isFree[nth] = verdict.kind === 'stored' || verdict.kind === 'each';
					});
					while (waiting.length >= inFlight) await waiting.shift()?.();
					for (const [at, { sent: earlier }] of requests.slice(0, nth + 1).entries()) {
						if (!isFree[at]) expect(bodies[at]?.toString()).toBe(records.bodyOf(earlier));
					}
				}
			}),
		);
	});

	it('reuses the memory of a stored body for the next one', async () => {
		const { client, bodies, answers } = waitingClient();
		const post = createBulkPost(client, '/', 'record', () => VERDICTS[0] as Verdict, Date.now);
		for (const nth of [0, 1]) {
			const answered = post([records.recordOf(nth, 'a', 'user', 'x')]);
			answers[nth]?.();
			await answered;
		}
		expect(bodies[1]?.buffer).toBe(bodies[0]?.buffer);
	});
});
