import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';

import type { Failure } from '../bulk/outcome';

/** What became of one input item. */
export type ItemResult =
	| { readonly output: IDataObject }
	| {
			readonly failure: Failure;
			/** As far as they are known; the item may have failed before. */
			readonly entityId?: string;
			readonly entityType?: string;
	  };

type FailedResult = Extract<ItemResult, { failure: Failure }>;

/** A number as people read it: 1,200. */
export const formatCount = (number: number): string => number.toLocaleString('en-US');

/**
 * The error item of a failure. n8n moves an item to the error output, and merges the input item's
 * fields into it, only when its json holds nothing but `error`, `message` and `details`.
 */
const toErrorItem = (
	{ failure, entityId, entityType }: FailedResult,
	index: number,
): INodeExecutionData => {
	const { message, hint, mayBeStored, ...cause } = failure;
	const details = { status: mayBeStored ? 'unknown' : 'failed', entityId, entityType, ...cause };
	return {
		json: {
			error: message,
			...(hint !== undefined && { message: hint }),
			details: JSON.parse(JSON.stringify(details)) as IDataObject,
		},
		pairedItem: { item: index },
	};
};

const escapeHtml = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const FAILURES_LISTED = 10;

/** The one error of a run that stops: n8n shows the description as HTML. */
const toRunError = (
	node: INode,
	failed: ReadonlyArray<readonly [index: number, result: FailedResult]>,
	total: number,
): NodeOperationError => {
	const lines = failed.slice(0, FAILURES_LISTED).map(([index, { entityId, failure }]) => {
		const who = entityId === undefined ? `Item ${index}` : `Item ${index} (${entityId})`;
		const what =
			failure.hint === undefined ? failure.message : `${failure.message}. ${failure.hint}`;
		return escapeHtml(`${who}: ${what}`);
	});
	if (failed.length > FAILURES_LISTED) {
		lines.push(`… and ${formatCount(failed.length - FAILURES_LISTED)} more`);
	}
	return new NodeOperationError(
		node,
		`${formatCount(failed.length)} of ${formatCount(total)} entities failed`,
		{ description: lines.join('<br>'), itemIndex: failed[0]?.[0] },
	);
};

/**
 * Turns results into output items: one for each input item, in order and paired with it.
 *
 * @param continueOnFail what the node's `continueOnFail()` answers
 * @throws NodeOperationError naming the first failures, when one failed and the node is to stop
 */
export const toItems = (
	context: IExecuteFunctions,
	results: readonly ItemResult[],
	continueOnFail: boolean,
): INodeExecutionData[] => {
	// An error thrown after a cancel would turn the execution from "canceled" into "error".
	const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
	if (!continueOnFail && !isCancelled) {
		const failed = [...results.entries()].filter(
			(entry): entry is [number, FailedResult] => 'failure' in entry[1],
		);
		if (failed.length > 0) throw toRunError(context.getNode(), failed, results.length);
	}
	return results.map((result, index) =>
		'failure' in result
			? toErrorItem(result, index)
			: { json: result.output, pairedItem: { item: index } },
	);
};
