import type { Failure, Verdict } from '../bulk/outcome';
import type { Answer, KibanaAnswer } from './http/client';

/** The body as JSON; undefined for anything else, since proxies answer with pages and nothing (§2.5). */
export const parseBody = (body: string): unknown => {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
};

/** Kibana's own sentence in an error answer (contract §2.5), or undefined for anything else. */
export const readMessage = (body: string): string | undefined => {
	const { message } = (parseBody(body) ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : undefined;
};

const LONGEST_MESSAGE = 1_000;

/** What a server says, short enough for an item. */
export const shortened = (text: string): string =>
	text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;

/** A failure with a status; quotes what the server said of it, if it said anything. */
export const quotingFailure = (
	{ status, quote }: { readonly status: number; readonly quote: string | undefined },
	reason: Failure['reason'],
	said: string,
	hint?: string,
): Failure => {
	const serverMessage = quote === undefined ? undefined : shortened(quote);
	return {
		reason,
		message: serverMessage === undefined ? said : `${said}: ${serverMessage}`,
		httpStatus: status,
		...(hint !== undefined && { hint }),
		...(serverMessage !== undefined && { serverMessage }),
	};
};

/** A failure that an answer with an error status tells of; quotes Kibana's message if there is one. */
export const failureOf = (
	{ status, body }: Answer,
	...described: [reason: Failure['reason'], said: string, hint?: string]
): Failure => quotingFailure({ status, quote: readMessage(body) }, ...described);

/**
 * Milliseconds that a `Retry-After` header asks for, in either of its forms: seconds or an HTTP date.
 *
 * @param nowMs the time from which a date counts
 * @returns undefined when there is no header, or one that makes no sense
 */
export const readRetryAfter = (header: string | undefined, nowMs: number): number | undefined => {
	const text = header?.trim();
	if (!text) return undefined;
	if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
	// Date.parse makes a date of nearly anything, such as "-5"; an HTTP date begins with its weekday.
	const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
};

const CHECK_URL =
	'Check the base URL in the Kibana Entity Store API credential, with its base path if Kibana has one';

/** TLS and DNS failures that no repeat mends. */
const UNREACHABLE_HINT: Readonly<Record<string, string>> = {
	ENOTFOUND: CHECK_URL,
	ERR_INVALID_URL: CHECK_URL,
	ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate belongs to another host name. Check the base URL',
	CERT_HAS_EXPIRED: 'Renew the certificate of Kibana',
	EPROTO: 'Check whether the base URL should begin with http:// or https://',
	ERR_SSL_WRONG_VERSION_NUMBER: 'Check whether the base URL should begin with http:// or https://',
};

const UNTRUSTED_CERTIFICATE = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/;
const TRUST_HINT =
	'Let n8n trust the certificate authority of Kibana, or turn on "Ignore SSL Issues" in the credential';

const TIMEOUT_CODES = new Set(['ECONNABORTED', 'ETIMEDOUT']);
/** Nothing was sent: the record cannot have been stored. */
const REFUSED_CODES = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const readNoAnswer = (code: string): Verdict => {
	const hint = UNTRUSTED_CERTIFICATE.test(code) ? TRUST_HINT : UNREACHABLE_HINT[code];
	if (hint !== undefined) {
		const message = `Kibana could not be reached (${code})`;
		return { kind: 'halt', failure: { reason: 'unreachable', message, hint } };
	}
	if (REFUSED_CODES.has(code)) {
		const failure: Failure = {
			reason: 'unreachable',
			message: `Kibana could not be reached (${code})`,
			hint: `Check that Kibana runs. ${CHECK_URL}`,
		};
		return { kind: 'transient', failure };
	}
	const failure: Failure = {
		reason: 'noAnswer',
		message: `Kibana did not answer ${TIMEOUT_CODES.has(code) ? 'in time' : 'to the end'} (${code}), so the entity may or may not have been taken`,
		mayBeStored: true,
		hint: 'Run the item again: writing an entity twice does no harm. If it happens often, send smaller chunks or raise the timeout in the options',
	};
	return { kind: 'transient', failure };
};

/** What to do about a protected field, whoever finds it: the node beforehand, or Kibana. */
export const FORCE_HINT =
	'Turn on "Force" in the options of the node to write protected fields, or leave these fields out of the mapping';

interface Meaning {
	readonly kind: 'transient' | 'halt' | 'bisect';
	readonly reason: Failure['reason'];
	readonly said: string;
	readonly hint: string;
	readonly mayBeStored?: true;
}

const transient = (said: string): Meaning => ({
	kind: 'transient',
	reason: 'overloaded',
	said,
	hint: 'Run the failed items again later',
});

/** Kibana itself may have done the work by the time that the proxy gave up. */
const lost = (said: string): Meaning => ({ ...transient(said), mayBeStored: true });

/** The statuses that mean the same on every route (contract §2.4, §2.6). */
const MEANINGS: Readonly<Record<number, Meaning>> = {
	401: {
		kind: 'halt',
		reason: 'unauthorized',
		said: 'Kibana does not accept the credential',
		hint: 'Check the API key, or the user and password, in the Kibana Entity Store API credential: it may be wrong, expired or revoked',
	},
	403: {
		kind: 'halt',
		reason: 'forbidden',
		said: 'The credential lacks the privilege for this',
		hint: 'Give the API key or user the Kibana privilege "Security: All" with Entity Analytics in this space, then run again',
	},
	408: transient('Kibana waited too long for the request'),
	413: {
		kind: 'bisect',
		reason: 'tooLarge',
		said: 'The entity alone is larger than this Kibana takes',
		hint: 'Map fewer or shorter values, or raise server.maxPayload in Kibana',
	},
	429: transient('Kibana is overloaded'),
	502: lost('The proxy in front of Kibana got no answer'),
	503: transient('Kibana is not available'),
	504: lost('The proxy in front of Kibana waited too long'),
};

/** What any other status means, by its hundreds. */
const readOtherStatus = (answer: Answer): Verdict => {
	const { status } = answer;
	if (status >= 500) {
		const failure = failureOf(
			answer,
			'refused',
			`Kibana failed on the request (HTTP ${status})`,
			'LookupResult into the log of Kibana for the cause, then run the item again',
		);
		return { kind: 'bisect', failure, mayPass: true };
	}
	if (status >= 400) {
		return { kind: 'bisect', failure: failureOf(answer, 'refused', 'Kibana refused the entity') };
	}
	if (status >= 300) {
		const failure: Failure = {
			reason: 'routeMissing',
			message: `The base URL answers with a redirect (HTTP ${status}), which is not followed, so that the credential reaches no other address`,
			hint: 'Enter the final address as base URL in the credential, such as https:// instead of http://',
			httpStatus: status,
		};
		return { kind: 'halt', failure };
	}
	return { kind: 'failed', failure: unexpected(status) };
};

/** The failure of an answer that calls itself a success and does not read as one. */
export const unexpected = (status: number): Failure => ({
	reason: 'unexpectedAnswer',
	message: `HTTP ${status} came back, but not as Kibana answers, so the entity may or may not have been stored`,
	hint: `Something else than Kibana may have answered. ${CHECK_URL}`,
	httpStatus: status,
	mayBeStored: true,
});

/** Of a request in flight; what has not been sent yet is known not to be stored. */
export const CANCELLED: Failure = {
	reason: 'cancelled',
	message:
		'The execution was cancelled before Kibana answered, so the entity may or may not have been taken',
	mayBeStored: true,
};

/** Headers that Kibana adds to its answers, and nothing that answers in its place (contract §2.2). */
const MARKS = ['elastic-api-version', 'kbn-name', 'kbn-license-sig'];

/** Whether Kibana itself has answered, as far as headers tell. */
export const isFromKibana = ({ headers }: Answer): boolean =>
	MARKS.some((name) => headers[name] !== undefined);

/**
 * What an answer means that means the same on every route (contract §2.4, §2.6, §7 retry table). What
 * is particular to a route is read before, by the file of its generation.
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readCommonAnswer = (answer: KibanaAnswer, nowMs: number): Verdict => {
	if (answer.kind === 'cancelled') return { kind: 'failed', failure: CANCELLED };
	if (answer.kind === 'noAnswer') return readNoAnswer(answer.code);
	const meaning = MEANINGS[answer.status];
	if (meaning === undefined) return readOtherStatus(answer);
	const { kind, reason, said, hint, mayBeStored } = meaning;
	const failure = {
		...failureOf(answer, reason, said, hint),
		...(mayBeStored && { mayBeStored }),
	};
	if (kind !== 'transient') return { kind, failure };
	return { kind, failure, retryAfterMs: readRetryAfter(answer.headers['retry-after'], nowMs) };
};

/** What `readCommonAnswer` makes of an error answer; the answers that are no failure are read before. */
export const isFailed = (verdict: Verdict): verdict is Extract<Verdict, { failure: Failure }> =>
	'failure' in verdict;

/** A route that this Kibana does not have: its 404 says `Not Found` and nothing else (§1.2). */
export const isRouteMissing = ({ status, body }: Answer): boolean => {
	if (status === 405) return true;
	if (status !== 404) return false;
	const message = readMessage(body);
	return message === undefined || message === 'Not Found';
};
