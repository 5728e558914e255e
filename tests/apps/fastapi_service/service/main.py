from fastapi import FastAPI

from service.worker import create_task

app = FastAPI()


@app.post("/tasks")
def run_task(seconds: int) -> dict[str, str]:
    return {"task_id": create_task.delay(seconds).id}
