/** A route of the test Kibana as its file describes it; the server adds what all routes share. */
import type { Request } from '@hapi/hapi';

import { API_VERSION, checkVersion, refuse, type Answer } from './http';
import { stateOf, type Rows } from './recording';
import type { ScriptedRoute } from './scripts';
import { without } from './v2/documents';

/** What a route may read of a request. */
export interface Call {
	readonly space: string;
	readonly params: Readonly<Record<string, unknown>>;
	/** Repeated parameters are lists. */
	readonly query: Readonly<Record<string, unknown>>;
	readonly body: unknown;
}

/** Who may use a route, and whether its version may stand in the query. */
export interface Access {
	readonly privileges: string;
	readonly allowsQuery: boolean;
}

export interface Endpoint {
	readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
	readonly path: string;
	/** By which scripts and faults know it. */
	readonly name: ScriptedRoute;
	readonly access: Access;
	readonly work: (call: Call) => Answer | Promise<Answer>;
	/** What to record of the rows that a request carries. */
	readonly rowsOf?: (call: Call) => Rows;
}

/** Both privileges, and the version in the header alone: v1, watchlists, asset criticality. */
export const ANALYTICS: Access = {
	privileges: 'securitySolution,securitySolution-entity-analytics',
	allowsQuery: false,
};

/** Privilege and version of v2. */
export const SECURITY: Access = { privileges: 'securitySolution', allowsQuery: true };

export const callOf = (request: Request, { access }: Pick<Endpoint, 'access'>): Call => ({
	space: stateOf(request).space,
	params: request.params as Record<string, unknown>,
	query: access.allowsQuery ? without(request.query, 'apiVersion') : request.query,
	body: request.payload,
});

/** Whether the caller may use the entity store. */
export const isPrivileged = (request: Request): boolean =>
	request.auth.credentials.user === ('privileged' as unknown);

/** Checks privileges and version, then works (docs/kibana-api.md#order-of-checks). */
export const serve =
	(endpoint: Endpoint) =>
	async (request: Request): Promise<Answer> => {
		const { access, work } = endpoint;
		if (!isPrivileged(request)) {
			const method = request.method.toUpperCase();
			return refuse(
				403,
				`API [${method} ${request.path}] is unauthorized for user, this action is granted by the Kibana privileges [${access.privileges}]`,
			);
		}
		const { allowsQuery } = access;
		const refused = checkVersion(request, { path: request.route.path, allowsQuery });
		if (refused) return refused;
		const answer = await work(callOf(request, endpoint));
		return { ...answer, headers: { ...answer.headers, 'elastic-api-version': API_VERSION } };
	};
