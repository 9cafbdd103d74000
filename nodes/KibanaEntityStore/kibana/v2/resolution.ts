/** Several entities that stand for one thing (docs/kibana-api.md#resolution). */
import { z } from 'zod';

import type { BulkRecord } from '../../bulk/record';
import type { RecordVerdict, Verdict } from '../../bulk/verdict';
import type { Failure } from '../../failure';
import { verdictOf } from '../bulk/verdict';
import { failureOf, type Wording } from '../failures';
import { readAnswer, unreadable, type Problem } from '../http/answer';
import type { KibanaAnswer } from '../http/client';
import { parseBody, messageIn } from '../http/words';
import { inUrl } from '../lookUp';
import { NOT_NAMED, wordingOfRefusal } from '../refusals';
import { ask } from '../reply';
import type { ResolutionApi } from '../resolution';
import { BASE } from './paths';

const NOT_FOUND = /^Entities not found: \[(.*)\]$/s;
/** The refusals that name one entity, which stands in the first quotation marks. */
const ABOUT_ONE = [
	/^Cannot link entity '(.*)' to itself\.$/s,
	/^Entity '(.*)' is already resolved to '.*'\. Unlink/s,
	/^Entity '(.*)' has aliases \[.*\]\. Unlink/s,
];

const WRONG_TYPE = /^All entities must be of the same type/;

const missing = (problem: Problem): Failure =>
	failureOf(problem, {
		reason: 'notFound',
		text: 'Kibana has no such entity',
		hint: 'Check the entity ID and the space',
	});

/** The IDs may hold commas, so each is looked for in the list as a whole. */
const isListed = (list: string, id: string): boolean =>
	list === id ||
	list.startsWith(`${id}, `) ||
	list.endsWith(`, ${id}`) ||
	list.includes(`, ${id}, `);

/** Returns what a refusal means for the entities of the request. `targetId` is that of a link. */
const readRefusal = (
	problem: Problem,
	message: string,
	records: readonly BulkRecord[],
	targetId?: string,
): Verdict => {
	const known = wordingOfRefusal(problem, message);
	if (known) return { kind: 'halt', failure: failureOf(problem, known) };
	const positionsOf = (isMeant: (id: string) => boolean) =>
		records.flatMap(({ id }, position) => (isMeant(id) ? [position] : []));

	const list = NOT_FOUND.exec(message)?.[1];
	if (list !== undefined) {
		const failure = missing(problem);
		const positions = positionsOf((id) => isListed(list, id));
		if (positions.length > 0) return { kind: 'rejected', positions, failure };
		if (targetId !== undefined && isListed(list, targetId)) {
			const text = 'Kibana has no such target';
			const hint = 'Check the ID of the target and the space';
			return { kind: 'halt', failure: failureOf(problem, { reason: 'notFound', text, hint }) };
		}
	}
	const refused = failureOf(problem, { text: 'Kibana refused the entity' });
	const named = ABOUT_ONE.map((pattern) => pattern.exec(message)?.[1]).find(Boolean);
	if (named !== undefined) {
		const positions = positionsOf((id) => id === named);
		if (positions.length > 0) return { kind: 'rejected', positions, failure: refused };
		if (named === targetId) {
			const text = 'Kibana refused the target';
			return { kind: 'halt', failure: failureOf(problem, { text }) };
		}
	}
	if (WRONG_TYPE.test(message)) return { kind: 'bisect', failure: refused };
	return verdictOf(problem);
};

const texts = z.array(z.string());

const linksSchema = z.object({
	linked: texts.optional(),
	unlinked: texts.optional(),
	skipped: texts,
});

const readLinks = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
	key: 'linked' | 'unlinked',
	nowMs: number,
	targetId?: string,
): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind !== 'ok') {
		const message = messageIn(answer);
		return readRefusal(reading, message, records, targetId);
	}
	const read = linksSchema.safeParse(parseBody(reading.answer.body));
	const done = read.data?.[key];
	if (!read.success || done === undefined) return verdictOf(unreadable(200));
	const changed = new Set(done);
	const skipped = new Set(read.data.skipped);
	const verdicts = records.map(({ id }): RecordVerdict => {
		if (changed.has(id)) return { status: 'updated' };
		return skipped.has(id) ? { status: 'unchanged' } : { status: 'failed', failure: NOT_NAMED };
	});
	return { kind: 'each', verdicts };
};

const bodyOf = (records: readonly BulkRecord[], before = ''): Buffer =>
	Buffer.from(`{${before}"entity_ids":[${records.map(({ json }) => json).join(',')}]}`);

const document = z.object({}).passthrough();

const groupSchema = z
	.object({ target: document, aliases: z.array(document), group_size: z.number() })
	.passthrough();

const rulesSchema = z.object({
	rules: z.array(z.object({ id: z.string(), enabled: z.boolean() }).passthrough()),
});

const ruleSchema = z.object({ id: z.string(), enabled: z.boolean() }).passthrough();

const wordingOfGroup = ({ status, kind }: Problem, message: string): Wording | undefined =>
	kind === 'refused' && (status === 404 || NOT_FOUND.test(message))
		? {
				reason: 'notFound',
				text: 'Kibana has no such entity',
				hint: 'Check the entity ID and the space',
			}
		: undefined;

const wordingOfRule = ({ status, kind }: Problem): Wording | undefined => {
	if (kind === 'missingRoute') {
		return {
			text: 'This Kibana has no resolution rules',
			hint: 'Kibana 9.5 is the first that has them',
		};
	}
	return status === 404
		? {
				reason: 'notFound',
				text: 'Kibana has no such rule',
				hint: 'Get Many Rules lists the existing rules',
			}
		: undefined;
};

export const resolution: ResolutionApi = {
	envelopeBytes: (targetId = '') => bodyOf([], `"target_id":${JSON.stringify(targetId)},`).length,
	link: (client, now, targetId) => ({
		carries: 'chunk',
		post: async (records) => {
			const body = bodyOf(records, `"target_id":${JSON.stringify(targetId)},`);
			const answer = await client('POST', `${BASE}/resolution/link`, body);
			return readLinks(answer, records, 'linked', now(), targetId);
		},
	}),
	unlink: (client, now) => ({
		carries: 'chunk',
		post: async (records) => {
			const answer = await client('POST', `${BASE}/resolution/unlink`, bodyOf(records));
			return readLinks(answer, records, 'unlinked', now());
		},
	}),
	group: async (client, now, entityId) =>
		await ask(
			client,
			{
				method: 'GET',
				path: `${BASE}/resolution/group?entity_id=${inUrl(entityId)}`,
				answer: groupSchema,
				wording: wordingOfGroup,
			},
			now,
		),
	rules: async (client, now) => {
		const path = `${BASE}/resolution/rules` as const;
		const question = { method: 'GET', path, answer: rulesSchema, wording: wordingOfRule } as const;
		const reply = await ask(client, question, now);
		return 'failure' in reply ? reply : { value: reply.value.rules };
	},
	switchRule: async (client, now, id, isOn) =>
		await ask(
			client,
			{
				method: 'PUT',
				path: `${BASE}/resolution/rules/${inUrl(id)}/${isOn ? 'enable' : 'disable'}`,
				answer: ruleSchema,
				wording: wordingOfRule,
			},
			now,
		),
};
