/** A route of the test Kibana. The server adds the parts that all routes have. */
import type { Request } from '@hapi/hapi';

import { API_VERSION, checkVersion, refuse, type Answer } from './http';
import { stateOf, type Rows } from './recording';
import type { ScriptedRoute } from './scripts';
import { without } from './v2/documents';

/** The parts of a request that a route may read. */
export interface Call {
	readonly space: string;
	readonly params: Readonly<Record<string, unknown>>;
	/** The query. Repeated parameters are lists. */
	readonly query: Readonly<Record<string, unknown>>;
	readonly body: unknown;
}

/** Who may use a route, and whether the query may contain the version. */
export interface Access {
	readonly privileges: string;
	readonly allowsQuery: boolean;
}

export interface Endpoint {
	readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
	readonly path: string;
	/** The name of the route for scripts and faults. */
	readonly name: ScriptedRoute;
	readonly access: Access;
	readonly work: (call: Call) => Answer | Promise<Answer>;
	/** Returns what to record of the rows of a request. */
	readonly rowsOf?: (call: Call) => Rows;
}

/** Both privileges, and the version only in the header: v1, watchlists, asset criticality. */
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

/** Checks privileges and version, then runs the handler (docs/kibana-api.md#order-of-checks). */
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
