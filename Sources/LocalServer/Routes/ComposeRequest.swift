import Auth
import Base
import DockerBridge
import NIOCore

/// Reads the body of `POST /_lookout/compose`. Unknown members are left alone.
enum ComposeRequest {
    /// What is wrong with the body, for a 400.
    struct Invalid: Error, Equatable {
        let reason: String
    }

    /// Of services, variables and files each. A stack has tens; an entry takes many times the memory of the few bytes that it
    /// may have in the body.
    private static let maximumEntries = 4096
    /// Contents that begin so are base64.
    private static let encoded = "base64:"

    static func read(_ body: ByteBuffer) throws(Invalid) -> ComposeOperation { try self.result(body).get() }

    static func result(_ body: ByteBuffer) -> Result<ComposeOperation, Invalid> {
        body.withUnsafeReadableBytes { bytes in
            guard JSONText.validate(bytes) == .object else {
                return .failure(Invalid(reason: "the body is no JSON object"))
            }
            var reader = Reader(JSONScanner(bytes))
            do throws(Invalid) {
                return .success(try reader.operation())
            } catch {
                return .failure(error)
            }
        }
    }

    private struct Reader {
        private var scanner: JSONScanner

        init(_ scanner: JSONScanner) {
            self.scanner = scanner
        }

        mutating func operation() throws(Invalid) -> ComposeOperation {
            var operation = ComposeOperation(name: "", stackName: "")
            try self.members { (reader, name) throws(Invalid) in
                switch name {
                case "operation": operation.name = try reader.text(name) ?? ""
                case "stackName": operation.stackName = try reader.text(name) ?? ""
                case "stackDir": operation.stackFolder = try reader.text(name)
                case "services": operation.services = try reader.texts(name)
                case "build": operation.builds = try reader.flag(name)
                case "forceRecreate": operation.forcesRecreate = try reader.flag(name)
                case "noDeps": operation.leavesDependencies = try reader.flag(name)
                case "removeVolumes": operation.removesVolumes = try reader.flag(name)
                case "tail": operation.tail = try reader.number(name)
                case "envVars": operation.variables = try reader.map(name)
                case "files":
                    // Of a member that comes twice the last one counts, here as elsewhere.
                    operation.files = [:]
                    for (path, text) in try reader.map(name) {
                        operation.files[path] = try ComposeRequest.contents(text)
                    }
                case "registryAuth": operation.login = try reader.login(name)
                default: return false
                }
                return true
            }
            if operation.stackFolder?.isEmpty == true { operation.stackFolder = nil }
            return operation
        }

        private mutating func login(_ name: String) throws(Invalid) -> ComposeOperation.RegistryLogin? {
            guard try self.begins(.object, name, "an object") else { return nil }
            var login = ComposeOperation.RegistryLogin(server: "", username: "", password: "")
            try self.members { (reader, name) throws(Invalid) in
                switch name {
                case "server": login.server = try reader.text("registryAuth.server") ?? ""
                case "username": login.username = try reader.text("registryAuth.username") ?? ""
                case "password": login.password = try reader.text("registryAuth.password") ?? ""
                default: return false
                }
                return true
            }
            return login
        }

        // MARK: Values

        private mutating func text(_ name: String) throws(Invalid) -> String? {
            guard try self.begins(.string, name, "a text") else { return nil }
            return try self.read { scanner throws(JSONError) in try scanner.readString()?.decoded }
        }

        private mutating func flag(_ name: String) throws(Invalid) -> Bool {
            guard try self.begins(.bool, name, "true or false") else { return false }
            return try self.read { scanner throws(JSONError) in try scanner.readBool() } ?? false
        }

        private mutating func number(_ name: String) throws(Invalid) -> Int? {
            guard try self.begins(.number, name, "a whole number") else { return nil }
            let number = try self.read { scanner throws(JSONError) in try scanner.readInteger() }
            guard let number else { throw Invalid(reason: "\(name) must be a whole number") }
            return number
        }

        private mutating func texts(_ name: String) throws(Invalid) -> [String] {
            guard try self.begins(.array, name, "a list of texts") else { return [] }
            var texts: [String] = []
            _ = try self.read { scanner throws(JSONError) in try scanner.beginArray() }
            while try self.read({ scanner throws(JSONError) in try scanner.nextElement() }) {
                guard let text = try self.text(name) else { throw Invalid(reason: "\(name) must be a list of texts") }
                try self.count(texts.count, name)
                texts.append(text)
            }
            return texts
        }

        private mutating func map(_ name: String) throws(Invalid) -> [String: String] {
            guard try self.begins(.object, name, "an object of texts") else { return [:] }
            var map: [String: String] = [:]
            try self.members { (reader, key) throws(Invalid) in
                guard let text = try reader.text("\(name).\(key)") else {
                    throw Invalid(reason: "\(name).\(key) must be a text")
                }
                try reader.count(map.count, name)
                map[key] = text
                return true
            }
            return map
        }

        private func count(_ entries: Int, _ name: String) throws(Invalid) {
            guard entries < ComposeRequest.maximumEntries else {
                throw Invalid(reason: "\(name) has more than \(ComposeRequest.maximumEntries) entries")
            }
        }

        // MARK: Walking

        /// Goes through the object at the cursor.
        ///
        /// - Parameter read: reads the value of a member, or returns `false` to leave it alone.
        private mutating func members(
            _ read: (inout Reader, String) throws(Invalid) -> Bool
        ) throws(Invalid) {
            _ = try self.read { scanner throws(JSONError) in try scanner.beginObject() }
            while let name = try self.read({ scanner throws(JSONError) in try scanner.nextKey()?.decoded }) {
                if try !read(&self, name) {
                    _ = try self.read { scanner throws(JSONError) in try scanner.skipValue() }
                }
            }
        }

        /// Whether there is such a value at the cursor; a null is skipped and stands for none.
        private mutating func begins(
            _ kind: JSONText.Kind,
            _ name: String,
            _ words: String
        ) throws(Invalid) -> Bool {
            let found = self.scanner.nextKind()
            if found == kind { return true }
            guard found == .null else { throw Invalid(reason: "\(name) must be \(words)") }
            _ = try self.read { scanner throws(JSONError) in try scanner.skipValue() }
            return false
        }

        private mutating func read<Value>(
            _ body: (inout JSONScanner) throws(JSONError) -> Value
        ) throws(Invalid) -> Value {
            do throws(JSONError) {
                return try body(&self.scanner)
            } catch {
                throw Invalid(reason: "\(error)")
            }
        }
    }

    private static func contents(_ text: String) throws(Invalid) -> [UInt8] {
        guard text.hasPrefix(self.encoded) else { return Array(text.utf8) }
        guard let bytes = ByteText.decode(String(text.dropFirst(self.encoded.count)), .standard) else {
            throw Invalid(reason: "a file that begins with \"base64:\" is no base64 with padding")
        }
        return bytes
    }
}
