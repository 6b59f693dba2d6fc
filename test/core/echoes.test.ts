import { memoryEchoes } from '../memory/echoes.ts';
import { echoesSuite } from '../suites/echoes-suite.ts';

const { echoes } = memoryEchoes();

echoesSuite('The memory', () => echoes);
