/** The routes of Kibana's core: status, spaces, and missing routes. */
import type { Request, ResponseToolkit, ServerRoute } from '@hapi/hapi';

import { isPrivileged } from './endpoint';
import { refuse, reply, type Answer } from './http';
import type { Settings } from './options';
import { stateOf } from './recording';
import type { Scripts } from './scripts';

/** Paths without a route. */
export const MISSING = '/{missing*}';

const LEVEL = { level: 'available' };

/** `GET /api/status` (docs/kibana-api.md#detection). */
const statusOf =
	({ version, flavor }: Settings) =>
	(request: Request): Answer => {
		if (!request.auth.isAuthenticated) {
			return { status: 200, body: { status: { overall: LEVEL } } };
		}
		return {
			status: 200,
			body: {
				name: 'test-kibana',
				uuid: '5b2de169-2785-441b-ae8c-186a1936b17d',
				version: {
					number: version,
					build_hash: '0'.repeat(40),
					build_number: 1,
					build_snapshot: false,
					build_flavor: flavor,
					build_date: '2026-01-01T00:00:00.000Z',
				},
				status: {
					overall: { ...LEVEL, summary: 'All services are available' },
					core: {},
					plugins: {},
				},
				metrics: {},
			},
		};
	};

/** `GET /api/spaces/space` (docs/kibana-api.md#spaces). */
const spacesOf =
	({ spaces }: Settings) =>
	(request: Request): Answer =>
		isPrivileged(request)
			? { status: 200, body: spaces.map((space) => ({ ...space, disabledFeatures: [] })) }
			: refuse(403, 'Forbidden');

/** An unknown GET needs credentials. With a slash at the end it is redirected (docs/kibana-api.md#urls). */
const missingGet =
	({ basePath }: Settings) =>
	(request: Request, h: ResponseToolkit) => {
		const { pathname, search } = request.url;
		if (!pathname.endsWith('/') || pathname === '/') return reply(h, refuse(404, 'Not Found'));
		const { space } = stateOf(request);
		const prefix = space === 'default' ? '' : `/s/${space}`;
		return h.redirect(`${basePath}${prefix}${pathname.slice(0, -1)}${search}`);
	};

export const platformRoutes = (settings: Settings, { scriptable }: Scripts): ServerRoute[] => [
	{
		method: 'GET',
		path: '/api/spaces/space',
		handler: scriptable('spaces', spacesOf(settings)),
	},
	{
		method: 'GET',
		path: '/api/status',
		options: { auth: settings.hidesVersion ? false : { mode: 'optional' } },
		handler: scriptable('status', statusOf(settings)),
	},
	{ method: 'GET', path: MISSING, handler: missingGet(settings) },
	{
		method: '*',
		path: MISSING,
		options: { auth: false },
		handler: (_request, h) => reply(h, refuse(404, 'Not Found')),
	},
];
