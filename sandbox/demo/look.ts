/** How to look at what the demo has done, while it is open. */
import type { Api } from './job';

const LIST: Readonly<Record<Api, string>> = {
	v1: '/api/entity_store/entities/list',
	v2: '/api/security/entity_store/entities',
};

const SHOWN = 3;

/** Returns a command that shows the first users that the test Kibana has stored. */
export const requestForStored = (
	{ url, apiKey }: { readonly url: string; readonly apiKey: string },
	api: Api,
): string =>
	`curl -sS '${url}${LIST[api]}?entity_types=user&page=1&per_page=${SHOWN}' \\
    -H 'elastic-api-version: 2023-10-31' \\
    -H 'authorization: ApiKey ${apiKey}'`;

/** Returns the address of an execution in n8n's editor. */
export const addressOfExecution = (
	n8nUrl: string,
	workflowId: string,
	executionId: string,
): string => `${n8nUrl}/workflow/${workflowId}/executions/${executionId}`;
