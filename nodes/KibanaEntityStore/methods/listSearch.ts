import {
	NodeOperationError,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
} from 'n8n-workflow';

import { adviceFor } from '../actions/fixes';
import type { Failure } from '../failure';
import { isSpaceId } from '../kibana/http/client';
import { listSpaces } from '../kibana/spaces';
import { listWatchlists } from '../kibana/watchlists';
import { openSession } from '../n8n/session';

/**
 * Returns the Kibana spaces that the credential may see, for "From List".
 *
 * @throws NodeOperationError when Kibana does not tell
 */
export async function searchSpaces(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const fail = (failure: Failure) =>
		new NodeOperationError(this.getNode(), failure.message, { description: adviceFor(failure) });
	const session = await openSession(this, { maxRetries: 0 });
	if ('failure' in session) throw fail(session.failure);
	const listed = await listSpaces(session.clientOf());
	if ('failure' in listed) throw fail(listed.failure);
	const wanted = filter.toLowerCase();
	const results = listed.spaces
		.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted))
		.map(({ id, name }) => ({ name, value: id }));
	return { results };
}

/** The space that the node is set to, as far as it is known without an item. */
const chosenSpace = (context: ILoadOptionsFunctions): string | undefined => {
	const space: unknown = context.getCurrentNodeParameter('space', { extractValue: true });
	return typeof space === 'string' && isSpaceId(space) ? space : undefined;
};

/**
 * Returns the watchlists of the space that the node is set to, for "From List".
 *
 * @throws NodeOperationError when Kibana does not tell
 */
export async function searchWatchlists(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const fail = (failure: Failure) =>
		new NodeOperationError(this.getNode(), failure.message, { description: adviceFor(failure) });
	const session = await openSession(this, { maxRetries: 0 });
	if ('failure' in session) throw fail(session.failure);
	const listed = await listWatchlists(session.clientOf(chosenSpace(this)), session.now);
	if ('failure' in listed) throw fail(listed.failure);
	const wanted = filter.toLowerCase();
	const results = listed.value
		.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted))
		.map(({ id, name }) => ({ name, value: id }))
		.sort((one, other) => one.name.localeCompare(other.name));
	return { results };
}
