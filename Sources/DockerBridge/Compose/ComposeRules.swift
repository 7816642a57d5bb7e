import Base

/// What a Compose request may ask for. Everything is judged before anything is done.
enum ComposeRules {
    /// - Returns: the verb, and the folders from the stacks' folder down to the stack.
    /// - Throws: the first rule that the request breaks.
    static func check(
        _ operation: ComposeOperation,
        stacksFolder: String
    ) throws(ComposeFailure) -> (verb: ComposeOperation.Verb, folders: [String]) {
        guard let verb = operation.verb else {
            throw ComposeFailure("unsupported compose operation: \"\(operation.name)\"")
        }
        guard !operation.stackName.isEmpty else { throw ComposeFailure("stack name is required") }
        for (name, value) in operation.variables.sorted(by: { $0.key < $1.key }) { try self.checkVariable(name, value) }
        for service in operation.services where service.isEmpty || service.hasPrefix("-") {
            throw ComposeFailure("invalid service name: \"\(service)\"")
        }
        if let login = operation.login { try self.check(login) }
        let folders = try self.folders(operation, stacksFolder: stacksFolder)
        for (path, contents) in operation.files.sorted(by: { $0.key < $1.key }) {
            let name = try self.components(ofFile: path).last ?? ""
            guard name == ".env" || name.hasPrefix(".env.") else { continue }
            if let denied = ComposeVariables.firstDenied(in: contents) {
                throw ComposeFailure("file \"\(path)\": env var \"\(denied)\" is not allowed")
            }
        }
        return (verb, folders)
    }

    private static func checkVariable(_ name: String, _ value: String) throws(ComposeFailure) {
        let letters = name.utf8.allSatisfy { $0.isLetterOrUnderscore || $0.isDigit }
        guard letters, name.utf8.first?.isLetterOrUnderscore == true else {
            throw ComposeFailure("invalid env var key: \"\(name)\"")
        }
        guard !ComposeVariables.isDenied(name) else { throw ComposeFailure("env var \"\(name)\" is not allowed") }
        guard value.utf8.allSatisfy({ $0 != 0x0a && $0 != 0x0d && $0 != 0 }) else {
            throw ComposeFailure("env var \"\(name)\" has a value with invalid characters: line breaks and NUL")
        }
    }

    private static func check(_ login: ComposeOperation.RegistryLogin) throws(ComposeFailure) {
        let server = login.server.lowercased()
        guard !server.isEmpty, !server.hasPrefix("-"), !server.hasPrefix("http://") else {
            throw ComposeFailure("registryAuth.server must be a host with an optional port and path, or an https URL")
        }
        guard !login.username.isEmpty, !login.username.hasPrefix("-") else {
            throw ComposeFailure("registryAuth.username must not be empty or begin with \"-\"")
        }
    }

    private static func folders(
        _ operation: ComposeOperation,
        stacksFolder: String
    ) throws(ComposeFailure) -> [String] {
        var path = operation.stackFolder ?? operation.stackName
        try self.checkLength(path)
        let base = stacksFolder.hasSuffix("/") ? stacksFolder : stacksFolder + "/"
        // The whole path of a stack is as good as its name.
        if operation.stackFolder != nil, path.hasPrefix(base) { path = String(path.dropFirst(base.count)) }
        guard let folders = self.components(path), !folders.isEmpty else {
            throw ComposeFailure("stack directory \"\(path)\" escapes stacks directory \(stacksFolder)")
        }
        return folders
    }

    /// - Throws: where the path is not within its stack.
    static func components(ofFile path: String) throws(ComposeFailure) -> [String] {
        try self.checkLength(path)
        guard !path.hasPrefix("/") else { throw ComposeFailure("file path \"\(path)\" must be relative") }
        guard let components = self.components(path), !components.isEmpty, !path.hasSuffix("/") else {
            throw ComposeFailure("file path \"\(path)\" escapes stack directory")
        }
        return components
    }

    /// In bytes: Linux takes no longer path.
    private static let longestPath = 4096

    private static func checkLength(_ path: String) throws(ComposeFailure) {
        guard path.utf8.count <= self.longestPath else {
            throw ComposeFailure("a path of \(path.utf8.count) bytes is too long; Linux takes \(self.longestPath)")
        }
    }

    /// The parts of a relative path without `.` and resolved `..`; `nil` where it leads above its start, is absolute or
    /// holds a NUL.
    private static func components(_ path: String) -> [String]? {
        guard !path.hasPrefix("/"), !path.utf8.contains(0) else { return nil }
        var components: [String] = []
        for part in path.split(separator: "/") where part != "." {
            guard part != ".." else {
                guard components.popLast() != nil else { return nil }
                continue
            }
            components.append(String(part))
        }
        return components
    }
}

extension UInt8 {
    fileprivate var isLetterOrUnderscore: Bool {
        self.isLetter || self == UInt8(ascii: "_")
    }
}

/// Why an operation was not done, or did not succeed.
package struct ComposeFailure: Error, Equatable {
    package let text: String
    /// What the program said.
    package var output = ""

    package init(_ text: String, output: String = "") {
        self.text = text
        self.output = output
    }
}
