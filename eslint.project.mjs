import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const { community, credentials, nodes } = n8nNodesBase.configs;
const cloudReady = n8nCommunityNodesPlugin.configs.recommended;

// What this project asks for beyond the default of n8n, which stands unchanged in eslint.config.mjs:
// `n8n-node lint` takes no other. `npm run lint` runs both.
export default defineConfig(
	globalIgnores(['dist', '**/node_modules']),
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.recommended],
	},
	{
		files: ['nodes/**/*.ts', 'credentials/**/*.ts', 'package.json'],
		extends: [cloudReady],
		languageOptions: { parser: tseslint.parser },
		linterOptions: { noInlineConfig: true },
		plugins: { 'n8n-nodes-base': n8nNodesBase },
	},
	{ files: ['package.json'], rules: community.rules },
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...credentials.rules,
			// Says of itself that it is for n8n's own repository: it wants the name of a page in n8n's
			// documentation where cred-class-field-documentation-url-not-http-url wants a URL.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
	{ files: ['nodes/**/*.ts'], rules: { ...nodes.rules, 'no-console': 'error' } },
);
