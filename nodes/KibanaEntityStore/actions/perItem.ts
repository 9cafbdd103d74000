/** Operations that send one request, or a few, for each item. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { askUntilFinal } from '../bulk/retry';
import { afterLostAnswer, type Failure } from '../failure';
import type { Generation } from '../kibana/generation';
import { isSpaceId, type KibanaClient } from '../kibana/http/client';
import type { NoReply, Reply } from '../kibana/reply';
import type { ItemResult } from '../n8n/items';
import type { Session } from '../n8n/session';
import { expressionFailure, invalidSpace } from './itemFailures';
import type { Operation } from './operation';

/** What an operation knows of the item that it handles. */
export interface ItemCall {
	readonly context: IExecuteFunctions;
	readonly index: number;
	readonly session: Session;
	readonly generation: Generation;
	/** The ID of the space. */
	readonly space: string;
	/** Sends to this space. */
	readonly client: KibanaClient;
}

/** Returns the json of the output item that hands on what Kibana reports. */
export const itemOf = (reported: object): IDataObject => ({ ...reported }) as IDataObject;

/** Returns the space ID of an item, or what is wrong with it. */
export const readSpace = (
	context: IExecuteFunctions,
	index: number,
): { readonly space: string } | { readonly failure: Failure } => {
	const space = String(context.getNodeParameter('space.value', index, '') || 'default');
	return isSpaceId(space) ? { space } : { failure: invalidSpace() };
};

/** Returns what an operation knows of an item, or why its space is none. */
export const callOf = (
	context: IExecuteFunctions,
	session: Session,
	generation: Generation,
	index: number,
): ItemCall | { readonly failure: Failure } => {
	const placed = readSpace(context, index);
	if ('failure' in placed) return placed;
	const { space } = placed;
	return { context, index, session, generation, space, client: session.clientOf(space) };
};

const CANCELLED: Failure = {
	reason: 'cancelled',
	message: 'Not sent: the execution was cancelled',
};

/**
 * Returns an `execute` that handles item after item. A parameter that cannot be read fails its own item.
 *
 * @param handle reads all parameters of its item before it sends anything
 */
export const perItem =
	(handle: (call: ItemCall) => Promise<ItemResult>): Operation['execute'] =>
	async (context, session) => {
		const items = context.getInputData();
		const detected = await session.detect();
		if ('failure' in detected) return items.map(() => ({ failure: detected.failure }));
		const handleOne = async (index: number): Promise<ItemResult> => {
			if (session.patience.isCancelled()) return { failure: CANCELLED };
			const call = callOf(context, session, detected.generation, index);
			return 'failure' in call ? call : await handle(call);
		};
		const results: ItemResult[] = [];
		for (const index of items.keys()) {
			try {
				results.push(await handleOne(index));
			} catch (error) {
				results.push({ failure: expressionFailure(error) });
			}
		}
		return results;
	};

/**
 * Asks until there is a reply, or no later attempt can give one. Once the attempts of a question are used up, later
 * ones get one attempt each until one of them is answered, so that a Kibana that is down is not waited for with every
 * item.
 *
 * @param question asks once, and does not throw
 */
export const askPatiently = async <Value>(
	session: Session,
	question: () => Promise<Reply<Value>>,
): Promise<{ readonly value: Value } | { readonly failure: Failure }> => {
	const { patience } = session;
	let wasLost = false;
	const transient = (reply: Reply<Value>): NoReply | undefined =>
		'failure' in reply && reply.isTransient ? reply : undefined;
	const reply = await askUntilFinal(
		async () => {
			const one = await question();
			if ('failure' in one && one.isTransient && one.failure.mayBeStored) wasLost = true;
			return one;
		},
		transient,
		session.isUnanswered ? { ...patience, maxRetries: 0 } : patience,
	);
	session.isUnanswered = transient(reply) !== undefined;
	if (!('failure' in reply)) return reply;
	return { failure: wasLost ? afterLostAnswer(reply.failure) : reply.failure };
};
