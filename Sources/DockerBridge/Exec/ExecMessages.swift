import NIOCore

/// The small JSON bodies of the engine's exec API.
enum ExecMessages {
    static func create(_ spec: ExecSpec) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":"#)
        buffer.writeStaticString(spec.isTTY ? "true" : "false")
        buffer.writeStaticString(#","Cmd":["#)
        for (index, argument) in spec.command.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSONString(argument)
        }
        buffer.writeStaticString("]")
        if let user = spec.user, !user.isEmpty {
            buffer.writeStaticString(#","User":"#)
            buffer.writeJSONString(user)
        }
        buffer.writeStaticString("}")
        return buffer
    }

    /// The id of a created exec: hexadecimal, because it becomes part of a path.
    static func engineID(_ body: ByteBuffer) -> String? {
        JSONMember.text("Id", of: body).flatMap { ContainerReference.isValid($0) ? $0 : nil }
    }

    static func exitCode(_ body: ByteBuffer) -> Int? {
        JSONMember.integer("ExitCode", of: body)
    }

    /// The id of an exec's process as the engine's host numbers it; `nil` when it does not run.
    static func runningProcess(_ body: ByteBuffer) -> Int32? {
        guard JSONMember.bool("Running", of: body) == true else { return nil }
        return JSONMember.integer("Pid", of: body).flatMap { $0 > 1 ? Int32(exactly: $0) : nil }
    }
}
