/* A program that makes the two sockets of a case and says what happens: for live sockets of one account, in Python or C. */

import { ACCOUNT, FIRST_ADDRESS, FIRST_FAMILY, FIRST_OPTION, type Matrix, PROTOCOL, SECOND_ADDRESS, SECOND_FAMILY, SECOND_OPTION, STATE, type Words } from "./data.ts";

const ANOTHER = "127.0.0.2"; // for another IPv4 address of the machine

interface Made {
  family: "AF_INET" | "AF_INET6";
  address: string;
  python: string[];
  c: string[];
}

function socket(words: Words, family: string, option: string, address: string): Made {
  const found = words.addresses.find(([theirs, name]) => theirs === family && name === address);
  const v6only = family === "ipv4" ? [[], []] : words.settings[family === "dual" ? "V6ONLY off" : "V6ONLY on"];
  const [python, c] = words.settings[option];
  return { family: family === "ipv4" ? "AF_INET" : "AF_INET6", address: found?.[2] ?? ANOTHER, python: [...v6only[0], ...python], c: [...v6only[1], ...c] };
}

/** The programs of a case, by language; none for what needs another account or a connection. */
export function programs(matrix: Matrix, number: number): [language: string, text: string][] {
  const { words } = matrix;
  const cells = matrix.wordsOf(number);
  if (cells[ACCOUNT] !== "same" || !words.live.some(([state]) => state === cells[STATE])) return [];
  const first = socket(words, cells[FIRST_FAMILY], cells[FIRST_OPTION], cells[FIRST_ADDRESS]);
  const second = socket(words, cells[SECOND_FAMILY], cells[SECOND_OPTION], cells[SECOND_ADDRESS]);
  const tcp = cells[PROTOCOL] === "tcp";
  const listens = cells[STATE] === "listening";
  const kind = tcp ? "SOCK_STREAM" : "SOCK_DGRAM";
  return [
    ["Python", python(first, second, kind, listens, tcp)],
    ["C", c(first, second, kind, listens, tcp)],
  ];
}

function python(first: Made, second: Made, kind: string, listens: boolean, tcp: boolean): string {
  const made = (name: string, { family, python }: Made) => [`${name} = s = socket.socket(socket.${family}, socket.${kind})`, ...python];
  return [
    "import socket", "",
    ...made("first", first), `s.bind(("${first.address}", 0))`, ...(listens ? ["s.listen(8)"] : []), "port = s.getsockname()[1]", "",
    ...made("second", second), "try:", `    s.bind(("${second.address}", port))`, ...(tcp ? ["    s.listen(8)"] : []), '    print("SUCCESS")',
    "except OSError as refused:", '    print("refused:", refused)', "",
  ].join("\n"); // prettier-ignore
}

function c(first: Made, second: Made, kind: string, listens: boolean, tcp: boolean): string {
  const made = (name: string, { family, address, c }: Made, listen: boolean) => {
    const [type, field] = family === "AF_INET" ? ["in", "sin"] : ["in6", "sin6"];
    return [
      `    struct sockaddr_${type} ${name};`, `    s = (int) socket(${family}, ${kind}, 0);`, ...c.map((line) => `    ${line}`),
      `    memset(&${name}, 0, sizeof ${name});`, `    ${name}.${field}_family = ${family};`, `    ${name}.${field}_port = htons(PORT);`,
      `    inet_pton(${family}, "${address}", &${name}.${field}_addr);`,
      `    if (failed("${name}: bind", bind(s, (struct sockaddr *) &${name}, sizeof ${name}))) return 1;`,
      ...(listen ? [`    if (failed("${name}: listen", listen(s, 8))) return 1;`] : []),
    ]; // prettier-ignore
  };
  return [
    "#ifdef _WIN32", "#include <winsock2.h>", "#include <ws2tcpip.h>", "#define REASON WSAGetLastError()", "#else", "#include <arpa/inet.h>",
    "#include <errno.h>", "#include <netinet/in.h>", "#include <sys/socket.h>", "#define REASON errno", "#endif", "#include <stdio.h>", "#include <string.h>", "",
    "#define PORT 47047 /* take another where it is in use */", "", "static int failed(const char *call, int result)", "{",
    '    if (result) printf("%s: error %d\\n", call, (int) REASON); else printf("%s: SUCCESS\\n", call);', "    return result;", "}", "",
    "int main(void)", "{", "    int s, on = 1, off = 0;", "#ifdef _WIN32", "    WSADATA data;", "    WSAStartup(MAKEWORD(2, 2), &data);", "#endif",
    "    (void) on; (void) off;", ...made("first", first, listens), ...made("second", second, tcp), "    return 0;", "}", "",
  ].join("\n"); // prettier-ignore
}
