from kombu import Exchange, Queue

broker_url = "amqp://me:elsewhere@127.0.0.1:1//"
broker_transport_options = {"visibility_timeout": 3}
task_queues = [
    Queue("orders", Exchange("orders", type="topic"), routing_key="orders.#"),
    Queue("bulk", Exchange("bulk"), routing_key="bulk"),
]
task_routes = {"orders.jobs.*": {"queue": "orders", "routing_key": "orders.new"}}
task_default_queue = "bulk"
task_create_missing_queues = False
task_acks_late = True
worker_send_task_events = True
