import type { IExecuteFunctions, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';

import type { Transport } from '../kibana/http/client';
import type { Redact } from '../kibana/http/redaction';

export const CREDENTIAL_TYPE = 'kibanaEntityStoreApi';

/**
 * Most bytes of an answer, unpacked. A page of 1,000 entities of 16 kB each fits. JSON of this size takes
 * up to 200 MB while it is read, and several requests may be in flight.
 */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** For lists in the editor, where nobody sets a timeout. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** As much of a stream of Node.js as is used here. */
interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): unknown;
}

interface FullResponse {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** What came before the body ended is still to be read. */
	readonly body: BodyStream;
}

/**
 * Reads a body to its end. A body that is too long, or not at its end when the signal comes, is cut off,
 * which closes its connection.
 *
 * @returns undefined for a body that is too long
 * @throws what the stream throws when it breaks off, or is cut off by the signal
 */
const readBody = async (body: BodyStream, signal: AbortSignal): Promise<string | undefined> => {
	const cut = () => body.destroy();
	signal.addEventListener('abort', cut);
	try {
		// The signal may have come before there was a body to cut off.
		if (signal.aborted) cut();
		const chunks: Uint8Array[] = [];
		let bytes = 0;
		for await (const chunk of body) {
			bytes += chunk.length;
			// Leaving the loop destroys the stream.
			if (bytes > MAX_ANSWER_BYTES) return undefined;
			chunks.push(chunk);
		}
		return Buffer.concat(chunks, bytes)
			.toString('utf8')
			.replace(/^\ufeff/, '');
	} finally {
		signal.removeEventListener('abort', cut);
	}
};

const headersOf = ({ headers }: FullResponse): Record<string, string> =>
	Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [
			name.toLowerCase(),
			[value ?? ''].flat().join(', '),
		]),
	);

/** n8n wraps network errors; the code stands on the wrapper or on what it wraps. */
const networkCode = (error: unknown): string => {
	const { httpCode, code, cause } = (error ?? {}) as Record<string, unknown>;
	const inner = (cause as { code?: unknown } | undefined)?.code;
	const found = [httpCode, inner, code].find((one) => typeof one === 'string' && one !== '');
	return (found as string | undefined) ?? 'UNKNOWN';
};

/** Whether the execution has been cancelled. A list in the editor never is. */
export const isCancelled = (context: IExecuteFunctions | ILoadOptionsFunctions): boolean =>
	'getExecutionCancelSignal' in context && context.getExecutionCancelSignal()?.aborted === true;

/** n8n puts the cancel signal of the execution in place of a request's own. Here both end the request. */
const withDeadline = (options: IHttpRequestOptions, deadline: AbortSignal): IHttpRequestOptions => {
	let signal = deadline;
	return Object.defineProperty(options, 'abortSignal', {
		enumerable: true,
		configurable: true,
		get: () => signal,
		set: (cancel: AbortSignal | undefined) => {
			signal = cancel ? AbortSignal.any([deadline, cancel]) : deadline;
		},
	});
};

/**
 * Carries requests through n8n's HTTP helper, which lets the credential authorize them and switch off
 * redirects, honours proxies, and ends a request in flight when the execution is cancelled.
 *
 * @param timeoutMs for a request and its whole answer; undefined takes a minute
 * @param redact hides the credential in every answer
 */
export const createTransport =
	(
		context: IExecuteFunctions | ILoadOptionsFunctions,
		redact: Redact,
		timeoutMs = DEFAULT_TIMEOUT_MS,
	): Transport =>
	async ({ method, url, headers, body }) => {
		// n8n's own timeout starts anew with every byte that comes.
		const deadline = AbortSignal.timeout(timeoutMs);
		// n8n edits the options of a request, so every request gets its own.
		const options = withDeadline(
			{
				method,
				url,
				headers: { ...headers },
				body,
				timeout: timeoutMs,
				encoding: 'stream',
				returnFullResponse: true,
				// Answers of any status are read here; a thrown 401 would be sent a second time by n8n.
				ignoreHttpStatusErrors: true,
			},
			deadline,
		);
		try {
			const response = (await context.helpers.httpRequestWithAuthentication.call(
				context,
				CREDENTIAL_TYPE,
				options,
			)) as FullResponse;
			const text = await readBody(response.body, options.abortSignal as AbortSignal);
			return text === undefined
				? { kind: 'noAnswer', code: 'ERR_ANSWER_TOO_LARGE' }
				: {
						kind: 'answer',
						status: response.statusCode,
						headers: headersOf(response),
						body: redact(text),
					};
		} catch (error) {
			if (isCancelled(context)) return { kind: 'cancelled' };
			return { kind: 'noAnswer', code: deadline.aborted ? 'ETIMEDOUT' : networkCode(error) };
		}
	};
