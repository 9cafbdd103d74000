/**
 * What an answer of Kibana means that means the same on every route. It says nothing about records: what
 * an answer means for those, for a list or for a status is said by whoever asked.
 */
import type { FailureReason, Fix } from '../../failure';
import type { Answer, KibanaAnswer } from './client';
import { readRetryAfter } from './retryAfter';
import { quoteMessage, readMessage } from './words';

export type ProblemKind =
	/** The execution was cancelled before the answer came. */
	| 'cancelled'
	/** Nothing was sent, and a later attempt may reach Kibana. */
	| 'unreachable'
	/** Nothing was sent, and no later attempt will be: the address or the certificate is wrong. */
	| 'misaddressed'
	/** It was sent, but no answer came that can be read. Kibana may have done the work. */
	| 'lost'
	/** Kibana asks to try again later. It has done nothing. */
	| 'overloaded'
	| 'unauthorized'
	| 'forbidden'
	| 'redirected'
	/** This Kibana has no such route. */
	| 'missingRoute'
	/** The body is larger than this Kibana takes. */
	| 'tooLarge'
	/** Kibana refuses what was asked for. */
	| 'refused'
	/** This Kibana has the route, and the feature is switched off. */
	| 'switchedOff'
	/** Kibana failed on the request. */
	| 'broken';

export interface Problem {
	readonly kind: ProblemKind;
	readonly reason: FailureReason;
	/** What happened, as a clause without a period. */
	readonly text: string;
	readonly hint?: string | undefined;
	readonly fix?: Fix | undefined;
	/** HTTP status, when there was an answer. */
	readonly status?: number;
	/** What Kibana said, each issue once. */
	readonly serverMessage?: string | undefined;
	/** Milliseconds that Kibana asks to wait. */
	readonly retryAfterMs?: number | undefined;
}

/** A success is handed on: only whoever asked knows what it should hold. */
export type Reading = { readonly kind: 'ok'; readonly answer: Answer } | Problem;

type ProblemText = Pick<Problem, 'kind' | 'reason' | 'text' | 'hint' | 'fix'>;

/** TLS and DNS failures that no repeat removes. */
const MISADDRESSED: Readonly<Record<string, Pick<Problem, 'hint' | 'fix'>>> = {
	ENOTFOUND: { fix: 'baseUrl' },
	ERR_INVALID_URL: { fix: 'baseUrl' },
	ERR_TLS_CERT_ALTNAME_INVALID: {
		hint: 'The certificate belongs to another host name',
		fix: 'baseUrl',
	},
	CERT_HAS_EXPIRED: { hint: 'Renew the certificate of Kibana' },
	EPROTO: { fix: 'scheme' },
	ERR_SSL_WRONG_VERSION_NUMBER: { fix: 'scheme' },
};

const UNTRUSTED_CERTIFICATE = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/;
const TIMEOUT_CODES = new Set(['ECONNABORTED', 'ETIMEDOUT']);
/** Nothing was sent, so nothing can have been done. */
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const readNoAnswer = (code: string): Problem => {
	const text = `Kibana could not be reached (${code})`;
	const misaddressed = UNTRUSTED_CERTIFICATE.test(code)
		? ({ fix: 'trust' } as const)
		: MISADDRESSED[code];
	if (misaddressed) return { kind: 'misaddressed', reason: 'unreachable', text, ...misaddressed };
	if (UNREACHABLE_CODES.has(code)) {
		const hint = 'Check that Kibana runs';
		return { kind: 'unreachable', reason: 'unreachable', text, hint, fix: 'baseUrl' };
	}
	return {
		kind: 'lost',
		reason: 'noAnswer',
		text: `Kibana did not answer ${TIMEOUT_CODES.has(code) ? 'in time' : 'to the end'} (${code})`,
		fix: 'requestSize',
	};
};

const overloaded = (text: string): ProblemText => ({
	kind: 'overloaded',
	reason: 'overloaded',
	text,
	hint: 'Run the failed items again later',
});

/** Kibana itself may have done the work by the time that the proxy gave up. */
const lost = (text: string): ProblemText => ({ ...overloaded(text), kind: 'lost' });

/** The statuses that mean the same on every route. */
const PROBLEMS: Readonly<Record<number, ProblemText>> = {
	401: {
		kind: 'unauthorized',
		reason: 'unauthorized',
		text: 'Kibana does not accept the credential',
		fix: 'credential',
	},
	403: {
		kind: 'forbidden',
		reason: 'forbidden',
		text: 'The credential lacks the privilege for this',
		hint: 'Give the API key or user the Kibana privilege "Security: All" with Entity Analytics in this space, then run again',
	},
	408: overloaded('Kibana waited too long for the request'),
	413: {
		kind: 'tooLarge',
		reason: 'tooLarge',
		text: 'The request is larger than this Kibana takes',
		hint: 'Map fewer or shorter values, or raise server.maxPayload in Kibana',
	},
	429: overloaded('Kibana is overloaded'),
	502: lost('The proxy in front of Kibana got no answer'),
	503: overloaded('Kibana is not available'),
	504: lost('The proxy in front of Kibana waited too long'),
};

/** Whether the answer says that this Kibana has no such route: its 404 says `Not Found` and nothing else. */
const isRouteMissing = ({ status, body }: Answer): boolean => {
	if (status === 405) return true;
	if (status !== 404) return false;
	const message = readMessage(body);
	return message === undefined || message === 'Not Found';
};

/** What any other status means, by its hundreds. */
const readOtherStatus = (answer: Answer): ProblemText => {
	const { status } = answer;
	// A proxy that does not know a method answers 501 as well, but not in Kibana's form.
	if (status === 501 && readMessage(answer.body) !== undefined) {
		return {
			kind: 'switchedOff',
			reason: 'notInstalled',
			text: 'The feature is switched off in this Kibana',
		};
	}
	if (status >= 500) {
		return {
			kind: 'broken',
			reason: 'refused',
			text: `Kibana failed on the request (HTTP ${status})`,
			hint: 'Look into the log of Kibana for the cause, then run the item again',
		};
	}
	if (isRouteMissing(answer)) {
		return { kind: 'missingRoute', reason: 'routeMissing', text: 'This Kibana has no such route' };
	}
	if (status >= 400) {
		return { kind: 'refused', reason: 'refused', text: 'Kibana refused the request' };
	}
	return {
		kind: 'redirected',
		reason: 'routeMissing',
		text: `The base URL answers with a redirect (HTTP ${status}), which is not followed, so that the credential reaches no other address`,
		hint: 'Enter the final address as base URL in the credential, such as https:// instead of http://',
	};
};

/**
 * Returns the problem of an answer that calls itself a success and cannot be read as one. It may have
 * been cut off on the way, so a repeat may tell.
 */
export const unreadable = (status: number): Problem => ({
	kind: 'lost',
	reason: 'unexpectedAnswer',
	text: `HTTP ${status} came back, but not as Kibana answers`,
	hint: 'Something other than Kibana may have answered',
	fix: 'baseUrl',
	status,
});

/**
 * Returns what an answer means on every route. It never throws.
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readAnswer = (answer: KibanaAnswer, nowMs: number): Reading => {
	if (answer.kind === 'cancelled') {
		const text = 'The execution was cancelled before Kibana answered';
		return { kind: 'cancelled', reason: 'cancelled', text };
	}
	if (answer.kind === 'noAnswer') return readNoAnswer(answer.code);
	const { status, body, headers } = answer;
	if (status === 200) return { kind: 'ok', answer };
	if (status < 300) return unreadable(status);
	return {
		...(PROBLEMS[status] ?? readOtherStatus(answer)),
		status,
		serverMessage: status < 400 ? undefined : quoteMessage(body),
		retryAfterMs: readRetryAfter(headers['retry-after'], nowMs),
	};
};

/** Headers that Kibana adds to its answers, and that nothing adds in its place. */
const MARKS = ['elastic-api-version', 'kbn-name', 'kbn-license-sig'];

/** Whether Kibana itself has answered, as far as headers tell. */
export const isFromKibana = ({ headers }: Answer): boolean =>
	MARKS.some((name) => headers[name] !== undefined);
