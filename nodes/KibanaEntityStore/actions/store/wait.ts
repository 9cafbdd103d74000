/** Waiting until Kibana has done what it does in the background. */
import type { IDataObject } from 'n8n-workflow';

import type { EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { StoreStatus } from '../../kibana/store';
import { formatCount, type ItemResult } from '../../n8n/items';
import { invalid } from '../itemFailures';
import { askPatiently, type ItemCall } from '../perItem';

/** The first pause between two questions; each is longer than the one before, up to the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** `undefined`: not yet. */
export type Judge = (status: StoreStatus) => 'done' | Failure | undefined;

const enginesOf = ({ engines }: StoreStatus, types: readonly EntityType[]) =>
	engines.filter(({ type }) => types.length === 0 || types.some((one) => one === type));

/** All engines of these types run. No type stands for those that are installed. */
export const isRunning =
	(types: readonly EntityType[]): Judge =>
	(found) => {
		const engines = enginesOf(found, types);
		const broken = engines.filter(({ status }) => status === 'error').map(({ type }) => type);
		if (broken.length > 0) {
			return {
				reason: 'notRunning',
				message: `The engine of ${broken.join(', ')} has stopped with an error`,
				hint: 'Get Status with Include Components says more, and so does the log of Kibana',
			};
		}
		const hasAll =
			engines.length > 0 && types.every((one) => engines.some(({ type }) => type === one));
		return hasAll && engines.every(({ status }) => status === 'started') ? 'done' : undefined;
	};

/** No engine of these types is left. No type stands for all. */
export const isUninstalled =
	(types: readonly EntityType[]): Judge =>
	(found) =>
		enginesOf(found, types).length === 0 ? 'done' : undefined;

/** Returns the item that tells of the status of a store. */
export const outputOf = (space: string, { status, ...more }: StoreStatus): IDataObject => ({
	space,
	status,
	...(more as unknown as IDataObject),
});

const takesLonger = (seconds: number, { status }: StoreStatus): Failure => ({
	reason: 'notRunning',
	message: `The entity store was not ready within ${formatCount(seconds)} seconds; its status is ${status}`,
	hint: 'Kibana goes on with it. Look at it with Get Status, or raise Wait Timeout',
});

const secondsIn = ({ context, index }: ItemCall): number =>
	Number(context.getNodeParameter('waitTimeout', index, 300));

/** Returns what is wrong with the time to wait, before anything is sent. Without an end, a run would never end. */
export const refuseTimeout = (call: ItemCall): Failure | undefined =>
	secondsIn(call) >= 0
		? undefined
		: invalid('The wait timeout must be a number of seconds, 0 or more', 'waitTimeout');

/** Asks for the status, once or until it is as wanted, and returns the item that tells of it. */
export const statusAfter = async (call: ItemCall, judge: Judge): Promise<ItemResult> => {
	const { context, index, session, generation, client, space } = call;
	const isWaiting = context.getNodeParameter('wait', index, false) as boolean;
	const seconds = secondsIn(call);
	const deadline = session.now() + seconds * 1_000;
	for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
		const reply = await askPatiently(
			session,
			async () => await generation.store.status(client, session.now),
		);
		if ('failure' in reply) return reply;
		const judged = isWaiting ? judge(reply.value) : 'done';
		if (judged === 'done') return { outputs: [outputOf(space, reply.value)] };
		if (judged !== undefined) return { failure: judged };
		if (session.now() + pause > deadline) return { failure: takesLonger(seconds, reply.value) };
		await session.patience.sleep(pause);
		if (session.patience.isCancelled()) {
			const message = 'The execution was cancelled while Kibana was still at work';
			return { failure: { reason: 'cancelled', message } };
		}
	}
};
