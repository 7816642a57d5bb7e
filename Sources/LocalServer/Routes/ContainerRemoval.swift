import Base
import DockerBridge
import NIOCore

/// Removes a container, running or not; its volumes stay.
enum ContainerRemoval {
    /// - Parameter id: as it stands in the path.
    static func perform(_ id: Substring, answer: AnswerStream) {
        let name = String(id).percentDecoded
        guard ContainerReference.isValid(name) else {
            return answer.send(PlainAnswer(400, "invalid container id: letters, digits, '_', '.' and '-' only"))
        }
        let request = BridgeRequest(
            method: "DELETE",
            target: "/containers/\(name)?force=1",
            asker: answer.asker
        )
        answer.dispatcher.collect(request) { result in
            switch result {
            case .success(let response) where response.isSuccess:
                answer.send(PlainAnswer(204, contentType: nil, body: ByteBuffer()))
            case .success(let response):
                let reason = JSONMember.text("message", of: response.body) ?? "the engine answers \(response.status)"
                let status = [403, 404, 409].contains(response.status) ? response.status : 500
                answer.send(PlainAnswer(status, "removing container: \(reason)"))
            case .failure(let error):
                answer.send(PlainAnswer(error.code.httpStatus, "removing container: \(error.detail)"))
            }
        }
    }
}
