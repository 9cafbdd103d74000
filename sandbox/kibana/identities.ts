/** The identities of a test Kibana (docs/kibana-api.md#authentication). */
import { unauthorized } from '@hapi/boom';
import type { ServerAuthScheme } from '@hapi/hapi';

import { securityException } from './http';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** The API key in the encoded form that Kibana shows. */
export const API_KEY = encode('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw');
/** An API key of a valid identity without privileges for the entity store. */
export const UNPRIVILEGED_API_KEY = encode('WvbDgHdCDeclRn-f6bPy:vj3mq3byUONtzblx0uwOow');
export const USERNAME = 'elastic';
export const PASSWORD = 'changeme-or-else';

type Identity = { readonly user: 'privileged' | 'unprivileged' } | { readonly reason: string };

const identify = (header: string): Identity => {
	const [scheme = '', value = ''] = header.split(/ +/);
	if (/^apikey$/i.test(scheme)) {
		if (value === API_KEY) return { user: 'privileged' };
		if (value === UNPRIVILEGED_API_KEY) return { user: 'unprivileged' };
		return {
			reason:
				'unable to authenticate with provided credentials and anonymous access is not allowed for this request',
		};
	}
	const [name = ''] = Buffer.from(value, 'base64').toString('utf8').split(':');
	if (/^basic$/i.test(scheme) && value === encode(`${USERNAME}:${PASSWORD}`)) {
		return { user: 'privileged' };
	}
	return {
		reason: `unable to authenticate user [${name}] for REST request [/_security/_authenticate]`,
	};
};

/** Reads the `Authorization` header as Kibana does. */
export const authentication =
	(isRevoked: () => boolean): ServerAuthScheme =>
	() => ({
		authenticate: (request, h) => {
			const header = request.headers.authorization as string | undefined;
			if (header === undefined) throw unauthorized(null, 'ApiKey');
			const identity = isRevoked()
				? { reason: 'the API key has been invalidated' }
				: identify(header);
			if ('reason' in identity) throw unauthorized(securityException(identity.reason));
			return h.authenticated({ credentials: identity });
		},
	});
