import Base
import NIOCore

/// The small JSON bodies of the engine's exec API.
enum ExecMessages {
    static func create(_ spec: ExecSpec) -> ByteBuffer {
        ByteBuffer(jsonObject: { json in
            json.member("AttachStdin", true)
            json.member("AttachStdout", true)
            json.member("AttachStderr", true)
            json.member("Tty", spec.isTTY)
            json.array("Cmd", of: spec.command)
            if let user = spec.user, !user.isEmpty { json.member("User", user) }
        })
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
