import Base

/// The body of `POST /containers/{name}/exec`.
package enum ExecRequest {
    package static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> ExecDocument {
        let root = try RequestBody.spelled(body)
        return ExecDocument(isPrivileged: root["Privileged"]?.bool == true, user: root["User"]?.text ?? "")
    }
}
