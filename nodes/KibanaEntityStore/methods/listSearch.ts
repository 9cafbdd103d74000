import {
	NodeOperationError,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
} from 'n8n-workflow';

import { createClient } from '../kibana/http/client';
import { readSpaces } from '../kibana/spaces';
import { readConnection } from '../n8n/connection';

/**
 * The Kibana spaces that the credential may see, for "From List".
 *
 * @throws NodeOperationError when Kibana does not tell
 */
export async function searchSpaces(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const connection = await readConnection(this);
	if ('problem' in connection) throw new NodeOperationError(this.getNode(), connection.problem);
	const client = createClient(connection.transport, connection.baseUrl);
	const read = readSpaces(await client('GET', '/api/spaces/space'));
	if ('failure' in read) {
		const { message, hint } = read.failure;
		throw new NodeOperationError(this.getNode(), message, { description: hint });
	}
	const wanted = filter.toLowerCase();
	const results = read.spaces
		.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted))
		.map(({ id, name }) => ({ name, value: id }));
	return { results };
}
