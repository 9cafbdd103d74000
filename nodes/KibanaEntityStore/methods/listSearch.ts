import {
	NodeOperationError,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
} from 'n8n-workflow';

import { adviceFor } from '../actions/fixes';
import type { Failure } from '../failure';
import { listSpaces } from '../kibana/spaces';
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
